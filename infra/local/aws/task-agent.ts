import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { json, type AwsAnswer, type AwsCall } from './aws-call.ts';

/** The part of a request that the agent reads. */
export type AgentCall = Pick<AwsCall, 'method' | 'url' | 'body'>;

/** A task as the agent knows it. */
export type ProtectedTask = {
  /** For `ECS_AGENT_URI`, below the address of the AWS endpoint. */
  readonly path: string;
  /** Whether it must not be stopped to deploy. */
  readonly isProtected: () => boolean;
  /** Ends its protection: another process has its place. */
  readonly reset: () => void;
};

/** Body of a request (Amazon ECS Developer Guide, "Amazon ECS task scale-in protection endpoint"). */
const Protection = z.object({
  ProtectionEnabled: z.boolean(),
  ExpiresInMinutes: z.int().min(1).max(2_880).default(120),
});

const folder = '/_local/tasks/';
const minute = 60_000;

/**
 * The ECS agent of the tasks on this machine: by it a task says that it must not be stopped. Each task has a path of
 * its own, which the others do not know.
 */
export class TaskAgent {
  /** Unix milliseconds until which a task is protected, by its path. */
  readonly #until = new Map<string, number>();
  readonly #now: () => number;

  /** @param now Unix milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  add(): ProtectedTask {
    const path = `${folder}${randomBytes(16).toString('hex')}`;
    const reset = (): void => void this.#until.set(path, 0);
    reset();
    return { path, isProtected: () => (this.#until.get(path) ?? 0) > this.#now(), reset };
  }

  /** Undefined: the request is none to the agent. @throws for a body that the agent does not know */
  answer({ method, url, body }: AgentCall): AwsAnswer | undefined {
    if (!url.startsWith(folder)) return undefined;
    const [path = '', rest] = url.split('/task-protection/');
    if (rest !== 'v1/state' || !this.#until.has(path)) return json(404, {});
    if (method !== 'PUT') return json(405, {});
    const { ProtectionEnabled: isEnabled, ExpiresInMinutes: minutes } = Protection.parse(JSON.parse(body.toString()));
    this.#until.set(path, isEnabled ? this.#now() + minutes * minute : 0);
    return json(200, { protection: { ProtectionEnabled: isEnabled } });
  }
}
