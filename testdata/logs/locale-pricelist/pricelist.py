import locale
import sys

ITEMS = [("Schraube M4", 1234.5), ("Mutter M4", 0.75)]


def setup():
    try:
        locale.setlocale(locale.LC_ALL, "de_DE.UTF-8")
    except locale.Error as e:
        sys.exit(f"pricelist: {e}; catalogue was prepared for german number formats")


setup()
for name, p in ITEMS:
    print(f"{name:12} {locale.format_string('%.2f', p, grouping=True):>12}")
