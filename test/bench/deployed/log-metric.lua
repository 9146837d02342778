-- In: MLFLOW_BENCH_RUN, MLFLOW_BENCH_BATCH (0: one metric a call) and MLFLOW_BENCH_AUTHORIZATION. Out: the load of one client.
local run = os.getenv("MLFLOW_BENCH_RUN")
local batch = tonumber(os.getenv("MLFLOW_BENCH_BATCH"))
local login = os.getenv("MLFLOW_BENCH_AUTHORIZATION")
local step = 0

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
if login ~= "" then wrk.headers["Authorization"] = login end

-- Each thread has a time of its own: a metric that is there already takes another way through the server.
local threads = 0
function setup(thread)
  threads = threads + 1
  thread:set("time", 1700000000000 + threads)
end

local function metric(key)
  return string.format('{"key":"%s","value":0.5,"timestamp":%.0f,"step":%d}', key, time, step)
end

function request()
  step = step + 1
  if batch == 0 then
    local one = string.format('{"run_id":"%s","key":"loss","value":0.5,"timestamp":%.0f,"step":%d}', run, time, step)
    return wrk.format(nil, "/api/2.0/mlflow/runs/log-metric", nil, one)
  end
  local metrics = {}
  for at = 1, batch do metrics[at] = metric("m" .. at) end
  local body = string.format('{"run_id":"%s","metrics":[%s]}', run, table.concat(metrics, ","))
  return wrk.format(nil, "/api/2.0/mlflow/runs/log-batch", nil, body)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('RESULT {"requests":%d,"seconds":%.6f,"p99":%.3f,"errors":%d}\n', summary.requests,
    summary.duration / 1e6, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
