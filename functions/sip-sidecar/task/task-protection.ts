import { minute } from '#schema/time.ts';

/** The dependencies of the protection. */
export type TaskProtectionDependencies = {
  /** The ECS agent of this task (`ECS_AGENT_URI`). Undefined: there is none, as with `npm start`. */
  readonly agentUri: string | undefined;
  /** Calls that this task carries. */
  readonly calls: () => number;
  /** Unix milliseconds. */
  readonly now: () => number;
};

/** Time for which a protection is asked, and after which it is renewed, in milliseconds. */
const ttl = 10 * minute;
const renewal = ttl / 2;
/** Timeout of the agent, in milliseconds. */
const timeout = 5_000;

/**
 * Keeps ECS from stopping a task with calls when it needs fewer tasks or deploys (Amazon ECS Developer Guide, "Amazon
 * ECS task scale-in protection endpoint"). It does not cover a task that fails its health check. A protection that is
 * not renewed ends by itself, so a task that hangs is not kept.
 */
export class TaskProtection {
  readonly #dependencies: TaskProtectionDependencies;
  /** When the present protection began; undefined without one. */
  #since: number | undefined;

  constructor(dependencies: TaskProtectionDependencies) {
    this.#dependencies = dependencies;
  }

  /** Whether the task is protected, as far as it knows. */
  get isOn(): boolean {
    return this.#since !== undefined;
  }

  /**
   * Asks for what the calls need, if it is not so already. Call it periodically.
   * @throws Error if the agent does not answer or rejects: the next call tries again
   */
  async refresh(): Promise<void> {
    const { agentUri, calls, now } = this.#dependencies;
    if (agentUri === undefined) return;
    const at = now();
    if (calls() === 0) {
      if (this.#since !== undefined) await this.#put(agentUri, { ProtectionEnabled: false });
      this.#since = undefined;
    } else if (this.#since === undefined || at - this.#since >= renewal) {
      await this.#put(agentUri, { ProtectionEnabled: true, ExpiresInMinutes: ttl / minute });
      this.#since = at;
    }
  }

  async #put(agentUri: string, state: Readonly<Record<string, boolean | number>>): Promise<void> {
    const response = await fetch(`${agentUri}/task-protection/v1/state`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(state),
      signal: AbortSignal.timeout(timeout),
    });
    const text = await response.text();
    // A failure of ECS itself comes with status 200.
    if (!response.ok || !text.includes('"protection"'))
      throw new Error(`the ECS agent does not change the protection: ${response.status} ${text.slice(0, 500)}`);
  }
}
