import { flowWebhooks } from '#functions/platform/flow-webhooks/contract.ts';
import type { Invoke } from '#runtime/invoke.ts';

/** A request of a call to a server of its organization. `body`: JSON. */
export type FlowRequest = {
  readonly id: string;
  readonly url: string;
  readonly timeout_seconds: number;
  readonly body: string;
};

/** What came of a request: the JSON of its answer, or why there is none. */
export type RequestOutcome = { readonly answer?: unknown; readonly problem: string | null };

export type SendRequest = (organization: number, request: FlowRequest) => Promise<RequestOutcome>;

/** Requests of an organization that a task waits for at once: slow servers of one must leave functions for others. */
const maxOpen = 20;

/** Has requests of calls sent by the function of webhooks. */
export function flowRequests({
  invoke,
  fault,
}: {
  readonly invoke: Invoke<'flow-webhooks'>;
  readonly fault: (error: unknown) => void;
}): SendRequest {
  const open = new Map<number, number>();
  const count = (organization: number, by: 1 | -1): void => {
    const after = (open.get(organization) ?? 0) + by;
    if (after === 0) open.delete(organization);
    else open.set(organization, after);
  };
  return async (organization, request) => {
    if ((open.get(organization) ?? 0) >= maxOpen) return { problem: 'is not asked: too many calls wait for answers' };
    count(organization, 1);
    try {
      return await invoke(flowWebhooks, { org_id: organization, ...request });
    } catch (error) {
      fault(error);
      return { problem: 'is not asked: a part of the platform does not answer' };
    } finally {
      count(organization, -1);
    }
  };
}
