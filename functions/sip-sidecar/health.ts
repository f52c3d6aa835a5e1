import type { HttpHandler } from './control/http.ts';
import type { Membership } from './leases/membership.ts';

/**
 * Health checks. `/live` is 200 while the process answers. `/ready` is 200 while the task accepts work, so that the
 * load balancers send it packets; otherwise it is 503.
 */
export const healthHandler =
  (membership: Pick<Membership, 'isReady'>): HttpHandler =>
  async ({ path }) => {
    if (path === '/live') return { status: 200, body: {} };
    if (path === '/ready') return { status: membership.isReady ? 200 : 503, body: {} };
    return { status: 404, body: {} };
  };
