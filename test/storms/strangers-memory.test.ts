import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { guessedRegister, strangersRequest } from '../support/sip-caller.fixture.ts';
import { authentication } from '#sip/digest/authentication.ts';
import { Fault } from '#sip/fault.ts';
import { parseMessage } from '#sip/message.ts';
import { SourceLimits } from '#functions/sip-sidecar/transport/source-limits.ts';
import { authenticator, newClientMemory } from '#functions/sip-sidecar/registrar/authentication.ts';

const mebibyte = 1024 * 1024;
const registers = 100_000;

function usedHeap(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

/** Authenticates REGISTERs of strangers, each with a name of its own. */
function newTarget() {
  const now = (): number => 1_000_000_000;
  const memory = newClientMemory(now);
  const sources = new SourceLimits(now, () => undefined);
  const authenticate = authenticator({
    readAccounts: async (usernames) => usernames.map(() => undefined),
    clock: () => new Date(now()),
    platformDomain: 'pbx.example.com',
    memory,
  });
  const receive = async (text: string, address: string): Promise<string> => {
    const flow = { transport: 'udp', remote: { address, port: 5_060 } } as const;
    sources.admits(flow);
    const request = parseMessage(Buffer.from(text));
    if (request.kind !== 'request') throw new Error(request.kind);
    const outcome = await authenticate(request, flow);
    if (outcome.kind !== 'challenged') return '';
    const challenge = outcome.headers.first(authentication.user.challenge);
    return challenge === undefined || challenge instanceof Fault ? '' : (challenge.parameters.get('nonce') ?? '');
  };
  return { receive, bytes: () => memory.bytes + sources.bytes };
}

test('of 100,000 REGISTERs of different names, with or without a live nonce, less than 8 MiB are kept', async () => {
  const { receive, bytes } = newTarget();
  const agent = `User-Agent: ${'x'.repeat(500)}`;
  const before = usedHeap();
  for (let count = 0; count < registers / 2; count += 1) {
    const [username, address] = [`u${count}${'y'.repeat(200)}`, `192.0.2.${count % 5_000}`];
    const nonce = await receive(strangersRequest('REGISTER', { username, lines: [agent] }), address);
    await receive(guessedRegister(username, nonce), address);
  }
  expect(bytes() + Math.max(0, usedHeap() - before)).toBeLessThan(8 * mebibyte);
});
