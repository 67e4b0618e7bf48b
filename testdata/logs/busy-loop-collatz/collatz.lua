local function steps(n, limit)
  local s = 0
  while n ~= 1 do
    if n % 2 == 0 then n = n // 2 else n = 3 * n - 1 end
    s = s + 1
  end
  return s
end
for i = 1, 8 do io.write(i, " ", steps(i), "\n") io.flush() end
