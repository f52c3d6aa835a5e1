import { described, formatsIn, phoneWith } from './descriptions.fixture.ts';
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

const events = 101;

/**
 * A relay that reads codecs as rtpengine does (`early-dialogs.test.ts`): an answer leaves to its offer the payload
 * types of both, so that another answer gets no others; where both have nothing in common, it transcodes.
 */
export function narrowingRelay(): Ask {
  const left = new Map<string, readonly number[]>();
  return async (_relay, command) => {
    if (!('sdp' in command)) return { result: 'ok' };
    const { command: kind, 'from-tag': offering, sdp } = command;
    const formats = formatsIn(sdp);
    if (kind === 'offer') left.set(offering, formats);
    const open = left.get(offering) ?? [];
    const common = formats.filter((format) => open.includes(format));
    if (common.length > 0) left.set(offering, common);
    const described = common.length > 0 ? common : open.filter((format) => format !== events).slice(0, 1);
    return { result: 'ok', sdp: phoneWith(described) };
  };
}
