-- In: MLFLOW_BENCH_RUN, MLFLOW_BENCH_BATCH (0: one metric a call) and MLFLOW_BENCH_AUTHORIZATION. Out: the load of one client.
local run = os.getenv("MLFLOW_BENCH_RUN")
local batch = tonumber(os.getenv("MLFLOW_BENCH_BATCH"))
local login = os.getenv("MLFLOW_BENCH_AUTHORIZATION")
local step = 0

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
if login ~= "" then wrk.headers["Authorization"] = login end

local function metric(key)
  return string.format('{"key":"%s","value":0.5,"timestamp":1700000000000,"step":%d}', key, step)
end

function request()
  step = step + 1
  if batch == 0 then
    local one = string.format('{"run_id":"%s","key":"loss","value":0.5,"timestamp":1700000000000,"step":%d}', run, step)
    return wrk.format(nil, wrk.path .. "/api/2.0/mlflow/runs/log-metric", nil, one)
  end
  local metrics = {}
  for at = 1, batch do metrics[at] = metric("m" .. at) end
  local body = string.format('{"run_id":"%s","metrics":[%s]}', run, table.concat(metrics, ","))
  return wrk.format(nil, wrk.path .. "/api/2.0/mlflow/runs/log-batch", nil, body)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('RESULT {"requests":%d,"seconds":%.6f,"p99":%.3f,"errors":%d}\n', summary.requests,
    summary.duration / 1e6, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
