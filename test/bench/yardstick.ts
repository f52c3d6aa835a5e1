import { generateKeyPair, jwtVerify, SignJWT } from 'jose';
import { elapsedAsync, median } from './timing.ts';

const warmUp = 500;
const rounds = 2_000;

/**
 * The unit in which `npm run bench` bounds times and rates: one bare `jwtVerify` of a session token (ES256, cached
 * key), the median. Every request needs one, and it scales with the machine as our own work does.
 *
 * @returns microseconds
 */
export async function measureYardstick(): Promise<number> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const token = await new SignJWT({ sub: 'user_bench', org: 1000, sid: 'session_bench' })
    .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: 'bench' })
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(privateKey);
  const verify = () => jwtVerify(token, publicKey, { algorithms: ['ES256'], typ: 'JWT' });
  for (let unmeasured = 0; unmeasured < warmUp; unmeasured += 1) await verify();
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) times.push(await elapsedAsync(verify));
  return median(times);
}
