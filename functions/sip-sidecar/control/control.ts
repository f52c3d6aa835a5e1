import { Command, commandPath, type NotifyOutcome } from '../../../shared/sidecar/command.ts';
import { isControlToken } from '../../../shared/sidecar/token.ts';
import type { HttpAnswer, HttpHandler } from './http.ts';

export type ControlDependencies = {
  readonly task: string;
  readonly key: () => Promise<Uint8Array>;
  readonly clock: () => Date;
  readonly carryOut: (command: Command) => Promise<NotifyOutcome>;
};

/** Commands whose outcome is remembered, and milliseconds for which: longer than anybody asks again. */
const maxRemembered = 10_000;
const remembered = 300_000;

const rejected = (status: number, reason: string): HttpAnswer => ({ status, body: { reason } });

function parsed(body: string): Command | undefined {
  try {
    return Command.parse(JSON.parse(body));
  } catch {
    return undefined;
  }
}

/**
 * The control interface: functions and other tasks ask this task to do something. A command is done once, however often
 * it is asked for.
 */
export function controlHandler({ task, key, clock, carryOut }: ControlDependencies): HttpHandler {
  const outcomes = new Map<string, { readonly outcome: Promise<NotifyOutcome>; readonly at: number }>();

  const once = (command: Command): Promise<NotifyOutcome> => {
    const now = clock().getTime();
    for (const [id, { at }] of outcomes) {
      if (outcomes.size < maxRemembered && now - at < remembered) break;
      outcomes.delete(id);
    }
    const known = outcomes.get(command.id)?.outcome;
    if (known !== undefined) return known;
    const outcome = carryOut(command);
    outcomes.set(command.id, { outcome, at: now });
    // What failed on our side may be tried again.
    outcome.catch(() => outcomes.delete(command.id));
    return outcome;
  };

  return async ({ method, path, authorization }, body) => {
    if (method !== 'POST' || path !== commandPath) return rejected(404, 'no such thing');
    const [, token = ''] = /^Bearer (\S+)$/.exec(authorization) ?? [];
    if (!(await isControlToken(await key(), token, { task, body, now: clock() })))
      return rejected(401, 'no token for this command');
    const command = parsed(body);
    return command === undefined ? rejected(400, 'no such command') : { status: 200, body: await once(command) };
  };
}
