// In: a server to stand before. Out: an nginx as guides have it, to compare the deployed one with.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, listens, start, until } from './services.mjs'

/**
 * `tuned` false: the block that every guide has, with the body limit raised, which uploads need. True: kept connections
 * and TLS as the deployed one has them, without a login.
 * @param {{ folder: string, upstream: string, tuned: boolean, certificate: string, key: string }} wish
 */
export async function startPlainNginx({ folder, upstream, tuned, certificate, key }) {
  const port = await freePort()
  mkdirSync(folder)
  const target = upstream.replace(/^http:\/\//u, '')
  const tls = `ssl_certificate ${certificate}; ssl_certificate_key ${key}; ssl_session_cache shared:bench:2m;`
  const kept = 'proxy_http_version 1.1; proxy_set_header Connection ""; keepalive_requests 100000;'
  const configuration = `
    daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log; worker_processes auto; events {}
    http {
      access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
      fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
      upstream mlflow { server ${target}; ${tuned ? 'keepalive 32; keepalive_timeout 4s;' : ''} }
      server {
        listen 127.0.0.1:${port}${tuned ? ' ssl' : ''}; client_max_body_size 0; proxy_set_header Host ${target};
        ${tuned ? `${tls} ${kept}` : ''}
        location / { proxy_pass http://mlflow; proxy_read_timeout 3600s; }
      }
    }`
  writeFileSync(join(folder, 'nginx.conf'), configuration)
  const running = start('nginx', ['-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')], {
    env: process.env,
    cwd: folder,
  })
  const url = `${tuned ? 'https' : 'http'}://127.0.0.1:${port}`
  await until('nginx', () => listens(port))
  return { ...running, url }
}
