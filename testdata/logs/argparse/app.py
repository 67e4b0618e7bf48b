import argparse
p=argparse.ArgumentParser(prog="convert")
p.add_argument("source")
p.add_argument("--rate",type=int,required=True)
a=p.parse_args()
print("rate",a.rate)
