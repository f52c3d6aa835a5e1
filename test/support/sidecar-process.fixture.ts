import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import * as z from 'zod';
import type { SigningCertificate, Usage } from './sidecar-process.ts';
import type { TestStore } from './store.fixture.ts';

const Endpoint = z.object({ address: z.string(), port: z.number() });
const Started = z.object({ id: z.string(), bound: z.object({ udp: Endpoint, tcp: Endpoint }) });

/** A sidecar in its own process, which can be killed and measured. */
export type SidecarProcess = z.output<typeof Started> & {
  readonly usage: () => Promise<Usage>;
  /** Stops it gracefully by default. */
  readonly stop: (signal?: 'SIGTERM' | 'SIGKILL') => Promise<void>;
};

/**
 * Starts a sidecar.
 * @param udp its UDP port; 0: a free one @param relay its media relays; default: none
 * @param certificate what signs the calls of the organization 1001, and is at all URLs that it fetches; default: none
 */
export async function startSidecarProcess(
  { url, store }: TestStore,
  udp = 0,
  relay?: string,
  certificate?: SigningCertificate,
): Promise<SidecarProcess> {
  const child = fork(
    join(import.meta.dirname, 'sidecar-process.ts'),
    [JSON.stringify({ url, tableName: store.tableName, udp, relay, certificate })],
    { execArgv: ['--expose-gc'] },
  );
  const [started] = (await once(child, 'message')) as [unknown];
  return {
    ...Started.parse(started),
    usage: async () => {
      child.send('usage');
      const [usage] = (await once(child, 'message')) as [Usage];
      return usage;
    },
    stop: async (signal = 'SIGTERM') => {
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    },
  };
}
