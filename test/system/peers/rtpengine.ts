import { randomInt } from 'node:crypto';
import { NgClient, relayName, type RelayAddress } from '#functions/sip-sidecar/media/ng-client.ts';
import type { NgCommand, NgReply } from '#functions/sip-sidecar/media/ng-message.ts';
import { eventually } from '../../support/eventually.ts';
import { start, type Program } from './program.ts';

/** A media relay of a test. */
export type RtpEngine = AsyncDisposable & {
  readonly program: Program;
  /** Where it takes commands: `MEDIA_RELAY`. */
  readonly name: string;
  /** Ports of its media. */
  readonly mediaPorts: { readonly first: number; readonly last: number };
  /** Carries out a command. */
  readonly ask: (command: NgCommand) => Promise<NgReply>;
  /** Calls that it relays now. */
  readonly sessions: () => Promise<number>;
};

/**
 * Ports of its media: so many that others which use some of them do not matter. Below 26,000 are those of softphones
 * (`test/support/softphone.fixture.ts`), which have one each.
 */
const mediaPorts = 1_000;

/** Starts rtpengine in user space. @param at its address, of the commands and of the media */
export async function startRtpEngine(at = '127.0.0.1', port = randomInt(16_000, 17_000)): Promise<RtpEngine> {
  const address: RelayAddress = { address: at, port };
  const first = randomInt(13_000, 15_500) * 2;
  const last = Math.min(31_999, first + mediaPorts);
  const program = start('rtpengine', [
    // Debian's configuration opens ports of its own.
    '--config-file=none',
    '--table=-1',
    '--foreground',
    '--log-stderr',
    '--log-level=5',
    `--interface=${at}`,
    `--listen-ng=${relayName(address)}`,
    `--port-min=${first}`,
    `--port-max=${last}`,
  ]);
  const client = new NgClient();
  const ask: RtpEngine['ask'] = (command) => client.ask(address, command);
  const statistics = async () => (await ask({ command: 'statistics' })).statistics;
  await eventually(async () => (await statistics()) !== undefined, 20_000).catch((cause: unknown) => {
    throw new Error(`rtpengine does not answer. It printed:\n${program.printed()}`, { cause });
  });
  return {
    program,
    name: relayName(address),
    mediaPorts: { first, last },
    ask,
    sessions: async () => (await statistics())?.currentstatistics.sessionstotal ?? NaN,
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await program.stop('SIGKILL');
    },
  };
}
