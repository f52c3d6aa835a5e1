/**
 * `node test/bench/fresh-evaluator.ts realistic|hostile`: a process that has done nothing before compiles a plan of
 * 10,000 policies and decides calls to numbers that it has never seen; prints what that took as JSON.
 */
import { classHeavyPatterns, dialedStrings, realisticPatterns } from './dial-plans.ts';
import { elapsed, once } from './timing.ts';

const megabytes = (): number => process.memoryUsage.rss() / 1_000_000;
const empty = megabytes();

const patterns = process.argv[2] === 'hostile' ? classHeavyPatterns(10_000) : realisticPatterns(10_000);
const strings = dialedStrings(patterns, 5_000, 2);
const { planOf } = await import('./plans.ts');
const { compilePlan } = await import('#functions/dialplan/plan/plan.ts');
const { decide } = await import('#functions/dialplan/plan/decide.ts');

const plan = planOf(patterns);
const home = { timezone: 'America/New_York', country: 'US' };
let compiled = compilePlan({ ...plan, policies: [] }, home);
const compiling = elapsed(() => (compiled = compilePlan(plan, home))) / 1_000;
const at = Date.now();
const decisions = once(strings, (called) => decide(compiled, { called }, at));
process.stdout.write(JSON.stringify({ compiling, decisions, megabytes: megabytes() - empty }));
