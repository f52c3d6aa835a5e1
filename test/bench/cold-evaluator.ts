/**
 * `node test/bench/cold-evaluator.ts <organization>`: a process that has done nothing before loads the stored plan of
 * an organization out of the table that the environment names, and decides a first call; prints what that took as JSON.
 */
import { tableFor } from '#dynamodb/table.ts';
import { storeFromEnvironment } from '#dynamodb/client.ts';
import { planCache } from '#functions/dialplan/plan/plan-cache.ts';
import { decide } from '#functions/dialplan/plan/decide.ts';
import { planHeadRow, planSource } from '#functions/dialplan/plan/row.ts';

const organization = Number(process.argv[2]);
const table = tableFor<'planhead' | 'planchange' | 'plan'>(storeFromEnvironment(), organization);
// A request has its session, and the head with it, by the time it asks for the plan.
const head = await table.get(planHeadRow, {});

const begun = performance.now();
const wanted = { organization, version: head?.version ?? 0, locale: { timezone: 'America/New_York', country: 'US' } };
const plan = await planCache(1e9).get(wanted, planSource(table, head));
decide(plan, { called: '12125550100' }, Date.now());
process.stdout.write(JSON.stringify({ ready: performance.now() - begun, policies: plan.source.policies.length }));
