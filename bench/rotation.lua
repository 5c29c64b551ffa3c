-- wrk script: asks the texts of a file in turn. Arguments: the file, the key, what stands for a counter ("" for nothing).
local requests, at, counter = {}, 0, ""

function init(args)
  local headers = { ["authorization"] = "Bearer " .. args[2], ["content-type"] = "application/json" }
  counter = args[3] or ""
  for line in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format("POST", "/v1/chat/completions", headers, line)
  end
end

function request()
  at = at + 1
  local text = requests[(at - 1) % #requests + 1]
  if counter == "" then return text end
  return (string.gsub(text, counter, string.format("%08d", at), 1))
end

function done(summary, latency, requests)
  io.stderr:write(string.format(
    '{"requests":%d,"seconds":%f,"p50":%f,"p99":%f,"refused":%d,"failed":%d}',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
