import { minute } from '../../../shared/schema/time.ts';
import { Command, commandPath, type NotifyOutcome } from '../../../shared/sidecar/command.ts';
import { isControlToken } from '../../../shared/sidecar/token.ts';
import type { HttpAnswer, HttpHandler } from './http.ts';

/** The dependencies of the control interface. */
export type ControlDependencies = {
  /** Id of this task: the audience of its tokens. */
  readonly task: string;
  readonly key: () => Promise<Uint8Array>;
  readonly clock: () => Date;
  readonly carryOut: (command: Command) => Promise<NotifyOutcome>;
};

/** Outcomes that are stored, and the time for which, in milliseconds: longer than any client retries. */
const maxOutcomes = 10_000;
const outcomeTtl = 5 * minute;

const rejection = (status: number, reason: string): HttpAnswer => ({ status, body: { reason } });

function parseCommand(body: string): Command | undefined {
  try {
    return Command.parse(JSON.parse(body));
  } catch {
    return undefined;
  }
}

/**
 * The control interface: functions and other tasks send commands to this task. A command is carried out once, however
 * often it is sent.
 */
export function controlHandler({ task, key, clock, carryOut }: ControlDependencies): HttpHandler {
  const outcomes = new Map<string, { readonly outcome: Promise<NotifyOutcome>; readonly at: number }>();

  const carryOutOnce = (command: Command): Promise<NotifyOutcome> => {
    const now = clock().getTime();
    for (const [id, { at }] of outcomes) {
      if (outcomes.size < maxOutcomes && now - at < outcomeTtl) break;
      outcomes.delete(id);
    }
    const known = outcomes.get(command.id)?.outcome;
    if (known !== undefined) return known;
    const outcome = carryOut(command);
    outcomes.set(command.id, { outcome, at: now });
    // A command that failed on our side may be retried.
    outcome.catch(() => outcomes.delete(command.id));
    return outcome;
  };

  return async ({ method, path, authorization }, body) => {
    if (method !== 'POST' || path !== commandPath) return rejection(404, 'no such endpoint');
    const [, token = ''] = /^Bearer (\S+)$/.exec(authorization) ?? [];
    if (!(await isControlToken(await key(), token, { task, body, now: clock() })))
      return rejection(401, 'the token is not valid for this command');
    const command = parseCommand(body);
    return command === undefined
      ? rejection(400, 'the body is not a known command')
      : { status: 200, body: await carryOutOnce(command) };
  };
}
