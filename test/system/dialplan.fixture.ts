import type { Answer } from './cloud.ts';
import type { Body } from './tenant.fixture.ts';

/** Policies and templates for tests of the dial plan. */

export const policyIn = ({ body }: Answer): { id: string; version: number } & Body =>
  (body as { policy: { id: string; version: number } & Body }).policy;
export const decisionIn = ({ body }: Answer): Body => (body as { decision: Body }).decision;

/** A policy for toll-free numbers. It has no `log`, so only tests that log calls have logs. */
export const tollFree = {
  name: 'Toll-Free Routing Policy',
  description: 'Route toll-free calls through dedicated gateway',
  status: 'active',
  priority: 50,
  conditions: { pattern: '^1(800|888|877|866|855|844|833)[0-9]{7}$', caller_id_required: false },
  actions: { allow: true, gateway: 'tollfree_gateway' },
};

/** A template for an office. */
export const office = {
  name: 'Standard Office Template',
  rules: [
    { priority: 1, pattern: '^9([0-9]{10})$', action: 'bridge', destination: 'sofia/gateway/pstn/$1' },
    { priority: 2, pattern: '^([2-8][0-9]{2})$', action: 'bridge', destination: `user/$1@\${domain}` },
  ],
  variables: { domain: 'sip.example.com', default_timeout: 30 },
};
