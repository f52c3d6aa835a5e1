import { described } from './descriptions.fixture.ts';
import type { NgCommand, NgReply } from './ng-message.ts';
import { RelayedMedia } from './relayed-media.ts';

export type Ask = (relay: string, command: NgCommand) => Promise<NgReply>;

/** Media of a call at two relays, which answer each description with itself. */
export function relayed(
  answers: Ask = async (_relay, command) => ({ result: 'ok', ...sdpIn(command) }),
  allowsPrivate = true,
) {
  const asked: { relay: string; command: NgCommand }[] = [];
  const chosen: string[] = [];
  const faults: unknown[] = [];
  const dependencies = {
    allowsPrivate,
    relays: {
      choose: (_call: string, except: ReadonlySet<string>) => ['one', 'two'].find((each) => !except.has(each)),
      ask: async (relay: string, command: NgCommand) => {
        asked.push({ relay, command });
        return answers(relay, command);
      },
    },
    onRelay: (relay: string) => void chosen.push(relay),
    fault: (error: unknown) => void faults.push(error),
  };
  const media = new RelayedMedia('call_1', dependencies);
  const lines = () =>
    asked.map(({ relay, command }) =>
      'to-tag' in command
        ? `${relay} ${command.command} ${command['from-tag']}>${command['to-tag']}`
        : `${relay} ${command.command}`,
    );
  return { media, asked, chosen, faults, lines, dependencies };
}

export const sdpIn = (command: NgCommand) => ('sdp' in command ? { sdp: command.sdp } : {});
export const offer = { kind: 'offer', from: 'a', to: 'b1', sdp: described.webrtc } as const;
export const answer = { kind: 'answer', from: 'b1', to: 'a', sdp: described.rtp } as const;
