// node jose with the key kept. usage: jose.mjs FOLDER ISSUER AUDIENCE; prints algorithm, who, wall µs, CPU µs,
// separated by tabs. Its verification runs on node's thread pool, so CPU is that of all threads.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { importJWK, jwtVerify } from 'jose'

const [folder, issuer, audience] = process.argv.slice(2)
for (const name of ['RS256', 'ES256', 'EdDSA']) {
  const key = await importJWK(JSON.parse(readFileSync(join(folder, `${name}.jwk`), 'utf8')), name)
  const token = readFileSync(join(folder, `${name}.token`), 'utf8')
  const work = () => jwtVerify(token, key, { issuer, audience, algorithms: [name] })
  for (let i = 0; i < 300; i++) await work()
  const cpu = process.cpuUsage()
  const start = performance.now()
  let times = 0
  while (performance.now() - start < 60) {
    for (let i = 0; i < 8; i++) await work()
    times += 8
  }
  const wall = (performance.now() - start) * 1000 / times
  const used = process.cpuUsage(cpu)
  console.log([name, 'node jose, key kept', wall.toFixed(3), ((used.user + used.system) / times).toFixed(3)].join('\t'))
}
