import { addPhoneLine } from '#functions/sip-sidecar/service/mailboxes.fixture.ts';
import { sipDomain, type Account } from '#functions/sip-sidecar/service/sidecar.fixture.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { commit } from '#dynamodb/commit.ts';
import { overwrite } from '#dynamodb/write.ts';
import type { Store } from '#dynamodb/client.ts';
import { organizationOf } from '../support/people.fixture.ts';
import { storePlan } from '../support/stored-plan.fixture.ts';
import { calleeAddress, callerAddress, registerPhones, type Phone, type Server } from './call-load.ts';
import { realisticPatterns } from './dial-plans.ts';
import { planOf } from './plans.ts';

/** An organization whose phones call one another. */

const organization = 1_001;
const policies = 10_000;
/** Phones that call, and as many that are called. */
const pairs = Array.from({ length: 100 }, (_, at) => at);
const calledAt = (pair: number): string => String(400 + pair);

/** A phone that calls, and whom it calls. */
export type CallingPhone = Phone & { readonly calls: string };

/** Patterns of policies that match no extension: the template takes these. */
const patterns = realisticPatterns(2 * policies)
  .filter((pattern) => !pairs.some((at) => new RegExp(pattern).test(calledAt(at))))
  .slice(0, policies);

/** Stores the organization, with a plan of 10,000 policies behind which extensions ring, and registers its phones. */
export async function startTenant(store: Store, server: Server): Promise<readonly CallingPhone[]> {
  const { limits, ...plain } = organizationOf(organization);
  const stored = { ...plain, limits: { ...limits, max_concurrent_calls: 100_000 } };
  await commit(store, organization, [overwrite(organizationRow, stored)]);
  await storePlan(store, organization, planOf(patterns), policies);
  const phones = await Promise.all(
    pairs.map(async (at) => ({
      caller: await addPhoneLine(store, { device: `dev_caller${at}`, user: null, extension: String(200 + at) }),
      callee: await addPhoneLine(store, { device: `dev_callee${at}`, user: null, extension: calledAt(at) }),
    })),
  );
  const inDomain = (account: Account): Phone => ({ ...account, domain: sipDomain });
  const callers = phones.map(({ caller }) => inDomain(caller));
  await registerPhones(server, callers, callerAddress);
  await registerPhones(
    server,
    phones.map(({ callee }) => inDomain(callee)),
    calleeAddress,
  );
  return callers.map((caller, at) => ({ ...caller, calls: calledAt(at) }));
}
