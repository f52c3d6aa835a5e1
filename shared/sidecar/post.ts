import type { SidecarTaskItem } from '../dynamodb/rows/lease.ts';
import type { Secrets } from '../secrets/secrets.ts';
import { controlKey, controlToken } from './token.ts';

/** The dependencies of requests to tasks. */
export type PostDependencies = {
  readonly secrets: Secrets<'sidecar-control'>;
  readonly clock: () => Date;
  readonly fetch: typeof fetch;
};

/** A request to the control interface of a task. `timeout`: milliseconds until the end of the answer. */
type TaskRequest = { readonly path: string; readonly body: unknown } & (
  | { readonly timeout: number }
  | { readonly signal: AbortSignal }
);

/** Posts JSON to the control interface of a task, with a token for each request. @throws what `fetch` throws */
export function taskPoster({ secrets, clock, fetch: post }: PostDependencies) {
  const key = controlKey(secrets, clock);
  return async (
    { id, address }: Pick<SidecarTaskItem, 'id' | 'address'>,
    { path, body: content, ...ending }: TaskRequest,
  ): Promise<Response> => {
    const body = JSON.stringify(content);
    return post(`http://${address}${path}`, {
      method: 'POST',
      body,
      redirect: 'error',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${await controlToken(await key(), { task: id, body, now: clock() })}`,
      },
      signal: 'signal' in ending ? ending.signal : AbortSignal.timeout(ending.timeout),
    });
  };
}
