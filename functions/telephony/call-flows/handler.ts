import { speechVariable } from '#contract/effects.ts';
import { found, invalid } from '#errors.ts';
import { speech } from '#functions/platform/speech/contract.ts';
import { ok } from '#http/answers/answer.ts';
import type { Context, Request } from '#http/handlers.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import {
  commitCreation,
  commitDeletion,
  commitUpdate,
  createOrReplace,
  listOf,
  type InOrganization,
} from '#http/resource-parts.ts';
import { serve } from '#http/serve.ts';
import { assertAllowedUrl, outboundFromEnvironment } from '#outbound/outbound.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { invokeFromEnvironment } from '#runtime/invoke.ts';
import { auditOf, describeByName } from '#schema/audit.ts';
import { namesIn } from '#schema/template-syntax.ts';
import { numberOriginOf } from '#telephony/number-format.ts';
import type { CallFlow, FlowHead } from '../schema/call-flow.ts';
import { assertNoEmergencyExtensions } from '#telephony/own-extensions.ts';
import {
  assertNone,
  assertUnused,
  auditedFlow,
  checkedSteps,
  constantTexts,
  newFlow,
  presentFlow,
  presentHead,
  replaceFlow,
  unsentTemplates,
} from './call-flow.ts';
import { callFlows, deleteCallFlow, getCallFlow, listCallFlows, saveCallFlow, simulateCallFlow } from './contract.ts';
import { idsOf, referencesIn, tooManyReferences, unknownReferences } from './flow-references.ts';
import { Simulation, type SimulatedCall } from './simulation.ts';
import { callFlowStore, createWrites, deleteWrites, prefetch, replaceWrites } from './store.ts';

type FlowsContext = Context<typeof callFlows>;
type SaveRequest = Request<typeof saveCallFlow>;

/** Whether the platform has a provider of speech. */
const hasSpeech = ({ environment }: Pick<FlowsContext, 'environment'>): boolean =>
  ['espeak', 'polly'].includes(environment[speechVariable] ?? '');

/** Has the texts of a flow said before calls need them. What is not said now is said in the first call. */
async function sayAhead(
  flow: CallFlow,
  { org_id }: { readonly org_id: number },
  { invoke, log }: FlowsContext,
): Promise<void> {
  const texts = constantTexts(flow);
  if (texts.length === 0) return;
  await invoke(speech, { org_id, texts }).catch((error: unknown) => log.fault(error, flow.id, 'texts were not said'));
}

const audit = auditOf('callflow', {
  noun: 'Call flow',
  describe: describeByName('Call flow', 'replaced'),
  logged: (flow: CallFlow) => auditedFlow(flow),
});

function read({ query, page: pageOf }: Request<typeof listCallFlows>, { table }: FlowsContext) {
  const text = query.q?.toLowerCase() ?? '';
  return callFlowStore(table).page(
    pageOf(),
    ({ name, enabled }) =>
      name.toLowerCase().includes(text) && (query.enabled === undefined || enabled === query.enabled),
  );
}

const present = (head: FlowHead, { organization }: InOrganization) => presentHead(head, organization.org_id);

async function get({ params, query, organization }: Request<typeof getCallFlow>, { table }: FlowsContext) {
  const store = callFlowStore(table);
  const head = found(await store.head(params.id), 'Call flow');
  const flow = found(await store.flow(params.id, query.version ?? head.version), 'Version of the call flow');
  const shown = presentFlow(flow, organization.org_id, await store.references(head));
  return ok(shown, { version: flow.version });
}

/** Checks what a flow names besides its own steps. @throws AppError VALIDATION_FAILED, WEBHOOK_URL_NOT_ALLOWED */
async function assertReferences(flow: CallFlow, { table, outbound }: FlowsContext): Promise<void> {
  const references = referencesIn(flow);
  assertNone(tooManyReferences(references));
  const store = callFlowStore(table);
  assertNone(unknownReferences(references, await store.known(references)));
  const templates = await store.templates(idsOf(references, 'template'));
  assertNone(unsentTemplates(flow.steps, new Map([...templates].map(([id, text]) => [id, namesIn(text)]))));
  const urls = new Map(references.flatMap(({ kind, id, path }) => (kind === 'url' ? [[id, path] as const] : [])));
  await Promise.all([...urls].map(([url, path]) => assertAllowedUrl(outbound, url, path)));
}

async function create(request: SaveRequest, context: FlowsContext) {
  const { organization, now } = request;
  const body = request.body();
  const steps = checkedSteps(body, { ...numberOriginOf(organization), hasSpeech: hasSpeech(context) });
  const flow = newFlow(body, context.nextId('flow'), { steps, now: now.toISOString() });
  assertNoEmergencyExtensions({}, { extension: flow.extension }, numberOriginOf(organization));
  await assertReferences(flow, context);
  await sayAhead(flow, organization, context);
  return commitCreation(audit, request, flow, {
    writes: createWrites(flow),
    shown: presentFlow(flow, organization.org_id, []),
  });
}

/** A flow, and the steps of its current version. @throws AppError NOT_FOUND */
async function findFlow(id: string, { table }: FlowsContext): Promise<{ head: FlowHead; flow: CallFlow }> {
  const store = callFlowStore(table);
  const head = found(await store.head(id), 'Call flow');
  return { head, flow: found(await store.flow(id, head.version), 'Call flow') };
}

async function replace(request: SaveRequest, context: FlowsContext) {
  const { params, organization, now, pinnedVersion } = request;
  const { head, flow: before } = await findFlow(params.id, context);
  const body = request.body();
  const steps = checkedSteps(body, { ...numberOriginOf(organization), hasSpeech: hasSpeech(context) });
  const after = replaceFlow(head, body, { steps, now: now.toISOString() });
  assertNoEmergencyExtensions(
    { extension: before.extension },
    { extension: after.extension },
    numberOriginOf(organization),
  );
  await assertReferences(after, context);
  assertPinnedVersion(head, pinnedVersion);
  await sayAhead(after, organization, context);
  const shown = presentFlow(after, organization.org_id, await callFlowStore(context.table).references(head));
  return commitUpdate(audit, request, { before, after }, { writes: replaceWrites(head, before, after), shown });
}

async function remove(request: Request<typeof deleteCallFlow>, context: FlowsContext) {
  const { params, query, pinnedVersion } = request;
  const { head, flow } = await findFlow(params.id, context);
  assertPinnedVersion(head, pinnedVersion);
  if (query.force !== true) assertUnused(await callFlowStore(context.table).references(head));
  return commitDeletion(audit, request, flow, { writes: deleteWrites(head, flow) });
}

type SimulationRequest = Request<typeof simulateCallFlow>;

/** The draft of a simulation, checked but for what it names. @throws AppError 422 */
function draftOf(draft: NonNullable<SimulatedCall['flow']>, { params, organization, now }: SimulationRequest) {
  const body = { ...draft, name: draft.name ?? 'Draft' };
  const steps = checkedSteps(body, { ...numberOriginOf(organization), hasSpeech: true });
  return newFlow(body, params.id, { steps, now: now.toISOString() });
}

/** Other flows that a simulated call goes on in. */
const maxOtherFlows = 20;

async function simulate(request: SimulationRequest, { table }: FlowsContext) {
  const { params, organization, now } = request;
  const store = callFlowStore(table);
  const head = params.id === 'new' ? undefined : found(await store.head(params.id), 'Call flow');
  const call = request.body();
  const saved = head === undefined ? undefined : await store.flow(head.id, call.version ?? head.version);
  if (head === undefined && call.flow === undefined) throw invalid('flow', 'is required with the id new');
  const flow = call.flow === undefined ? found(saved, 'Version of the call flow') : draftOf(call.flow, request);
  const at = call.at === undefined ? now.getTime() : Date.parse(call.at);
  const simulation = new Simulation(flow, call, { country: organization.country }, at);
  simulation.know(await store.schedules(flow));
  let needed = simulation.run();
  for (let loaded = 0; needed !== undefined; loaded += 1) {
    const other = loaded < maxOtherFlows ? await store.flow(needed) : undefined;
    if (other !== undefined) simulation.know(await store.schedules(other));
    simulation.load(other);
    needed = simulation.run();
  }
  return ok(simulation.result);
}

/** The function of `/callflows`. */
export const callFlowsHandler = (
  dependencies = dependenciesFromEnvironment({ outbound: outboundFromEnvironment(), invoke: invokeFromEnvironment() }),
) =>
  serve(
    callFlows,
    {
      [listCallFlows.route]: listOf(read, present),
      [getCallFlow.route]: get,
      [saveCallFlow.route]: createOrReplace(create, replace),
      [deleteCallFlow.route]: remove,
      [simulateCallFlow.route]: simulate,
    },
    { ...dependencies, prefetch },
  );

export const handler = callFlowsHandler();
