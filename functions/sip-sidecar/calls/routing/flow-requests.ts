import { flowWebhooks } from '#functions/platform/flow-webhooks/contract.ts';
import type { Invoke } from '#runtime/invoke.ts';
import { limitOpen } from './open-questions.ts';

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

/** Requests of an organization that a task waits for at once: its servers may be slow. */
const maxOpen = 20;

/** Has requests of calls sent by the function of webhooks. */
export function flowRequests({
  invoke,
  fault,
}: {
  readonly invoke: Invoke<'flow-webhooks'>;
  readonly fault: (error: unknown) => void;
}): SendRequest {
  const limited = limitOpen(maxOpen);
  return async (organization, request) => {
    try {
      const outcome = await limited(organization, () => invoke(flowWebhooks, { org_id: organization, ...request }));
      return outcome ?? { problem: 'is not asked: too many calls wait for answers' };
    } catch (error) {
      fault(error);
      return { problem: 'is not asked: a part of the platform does not answer' };
    }
  };
}
