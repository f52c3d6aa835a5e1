import type { HttpHandler } from './control/http.ts';

/** What a task knows of itself, without asking anything. */
export type Health = {
  /** Whether it takes no new work. */
  readonly isDraining: () => boolean;
  /** Whether its sockets for SIP are open. */
  readonly isOpen: () => boolean;
};

/**
 * Health checks. `/live` is 200 while the process answers. `/ready` is 200 while the load balancers may send new flows
 * to the task, else 503. It does not depend on the table: Amazon ECS replaces tasks that fail it, and an outage of the
 * table would have all of them replaced at once, with their calls.
 */
export const healthHandler =
  ({ isDraining, isOpen }: Health): HttpHandler =>
  async ({ path }) => {
    if (path === '/live') return { status: 200, body: {} };
    if (path === '/ready') return { status: isOpen() && !isDraining() ? 200 : 503, body: {} };
    return { status: 404, body: {} };
  };
