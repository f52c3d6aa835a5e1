import type * as z from 'zod';
import { minute } from '#schema/time.ts';
import {
  executeCommand,
  Command,
  commandPath,
  type CommandHandlers,
  type CommandKind,
  type OutcomeOf,
} from '#sidecar/command.ts';
import { lineCommands } from '#sidecar/line-command.ts';
import { packetPath, Packets } from '#sidecar/packets.ts';
import { isControlToken } from '#sidecar/token.ts';
import { maxBody, type HttpAnswer, type HttpHandler } from './http.ts';

/** The dependencies of the control interface. */
export type ControlDependencies = {
  /** Id of this task: the audience of its tokens. */
  readonly task: string;
  readonly key: () => Promise<Uint8Array>;
  readonly clock: () => Date;
  readonly handlers: CommandHandlers;
  /** Takes packets of another task. @returns of each, whether it was taken */
  readonly takePackets: (packets: z.output<typeof Packets>) => readonly boolean[];
};

type Outcome = OutcomeOf<CommandKind>;

/** Outcomes that are stored, and the time for which, in milliseconds: longer than any client retries. */
const maxOutcomes = 10_000;
const outcomeTtl = 5 * minute;

const rejection = (status: number, reason: string): HttpAnswer => ({ status, body: { reason } });

function parseBody<Output>(schema: z.ZodType<Output>, body: string): Output | undefined {
  try {
    return schema.parse(JSON.parse(body));
  } catch {
    return undefined;
  }
}

/**
 * The control interface: functions and other tasks send commands to this task. A command is carried out once, however
 * often it is sent; only those of lines, which change nothing, are carried out each time.
 */
export function controlHandler({ task, key, clock, handlers, takePackets }: ControlDependencies): HttpHandler {
  const outcomes = new Map<string, { readonly outcome: Promise<Outcome>; readonly at: number }>();

  const carryOutOnce = (command: Command): Promise<Outcome> => {
    if (command.kind in lineCommands) return executeCommand(handlers, command);
    const now = clock().getTime();
    for (const [id, { at }] of outcomes) {
      if (outcomes.size < maxOutcomes && now - at < outcomeTtl) break;
      outcomes.delete(id);
    }
    const known = outcomes.get(command.id)?.outcome;
    if (known !== undefined) return known;
    const outcome = executeCommand(handlers, command);
    outcomes.set(command.id, { outcome, at: now });
    // A command that failed on our side may be retried.
    outcome.catch(() => outcomes.delete(command.id));
    return outcome;
  };

  return async ({ method, path, authorization }, body) => {
    if (method !== 'POST' || (path !== commandPath && path !== packetPath)) return rejection(404, 'no such endpoint');
    // Only packets of other tasks may be longer.
    if (path === commandPath && Buffer.byteLength(body) > maxBody) return { status: 413, body: {} };
    const [, token = ''] = /^Bearer (\S+)$/.exec(authorization) ?? [];
    if (!(await isControlToken(await key(), token, { task, body, now: clock() })))
      return rejection(401, 'the token is not valid for this command');
    if (path === packetPath) {
      const packets = parseBody(Packets, body);
      return packets === undefined
        ? rejection(400, 'the body has no packets')
        : { status: 200, body: { taken: takePackets(packets) } };
    }
    const command = parseBody(Command, body);
    return command === undefined
      ? rejection(400, 'the body is not a known command')
      : { status: 200, body: await carryOutOnce(command) };
  };
}
