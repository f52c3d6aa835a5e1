import { answerTo, Rejection } from '../parts/requests.ts';

/** The endpoints that the simulator uses. The token is kept here only. */

/** A policy as GET /dialplan/policies lists it: the fields that are edited here. */
export type Policy = {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly priority: number;
  readonly conditions: object;
  readonly actions: object;
};
export type Template = {
  readonly name: string;
  readonly rules: readonly object[];
  readonly variables: object;
  readonly policies: readonly string[];
};

export type Decision = {
  readonly allowed: boolean;
  readonly reason: string;
  readonly policy: { readonly id: string; readonly name: string; readonly priority: number } | null;
  readonly rule: { readonly priority: number; readonly pattern: string } | null;
  readonly action: string | null;
  readonly destination: string | null;
  readonly routes: readonly { readonly name: string; readonly destination: string }[];
  readonly limits: { readonly max_duration: number | null };
  readonly record: boolean;
  readonly bypass_restrictions: boolean;
  readonly emergency: boolean;
};

export type Call = {
  readonly called: string;
  readonly caller?: string;
  readonly groups?: readonly string[];
  readonly at?: string;
};
export type Period = { readonly start: string; readonly end: string; readonly limit: number };
export type EvaluationRequest = ({ readonly calls: readonly Call[] } | { readonly cdrs: Period }) & {
  readonly draft?: object;
};

export type Change = {
  readonly index: number;
  readonly before: Decision;
  readonly after: Decision;
  readonly call?: Call;
};
export type Batch = {
  readonly results?: readonly Decision[];
  readonly summary?: {
    readonly evaluated: number;
    readonly allowed: number;
    readonly denied: number;
    readonly changed: number;
  };
  readonly changed?: readonly Change[];
  readonly plan_version: string;
  readonly warnings?: readonly string[];
};

export type TraceEntry = {
  readonly policy_id: string;
  readonly name: string;
  readonly priority: number;
  readonly outcome: string;
};

/** The outcome of each policy that matches a call; `draft` is null without a draft. */
export type Traces = { readonly saved: readonly TraceEntry[]; readonly draft: readonly TraceEntry[] | null };

export type Api = {
  /** The policies by name, up to `maxListed`, and their total. */
  readonly policies: () => Promise<{ readonly policies: readonly Policy[]; readonly total: number }>;
  /** The template; null if none is saved. */
  readonly template: () => Promise<Template | null>;
  readonly decide: (request: EvaluationRequest) => Promise<Batch>;
  readonly trace: (call: Call, draft: object | null) => Promise<Traces>;
};

/** Policies offered for editing; others can be changed by their id. */
const maxListed = 1_000;
const pageSize = 500;

type Explained = { readonly results: readonly { readonly trace?: readonly TraceEntry[] }[] };

/** `next_page_token` is empty on the last page. */
type Listed = { readonly policies: readonly Policy[]; readonly total: number; readonly next_page_token: string };

/** Sends a request and answers the JSON of its answer. @throws Rejection */
type Ask = <Answer>(
  method: 'GET' | 'POST',
  path: string,
  query?: Readonly<Record<string, string>>,
  json?: object,
) => Promise<Answer>;

const askWith =
  (token: string, organization: string): Ask =>
  (method, path, query = {}, json) => {
    const parameters = new URLSearchParams({ ...query, ...(organization === '' ? {} : { org_id: organization }) });
    const headers = {
      accept: 'application/json',
      authorization: `Bearer ${token}`,
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const body = json === undefined ? {} : { body: JSON.stringify(json) };
    return answerTo(`${path}?${parameters.toString()}`, { method, headers, ...body });
  };

async function listPolicies(ask: Ask): ReturnType<Api['policies']> {
  const page = (token: Record<string, string>): Promise<Listed> =>
    ask<Listed>('GET', '/dialplan/policies', { limit: String(pageSize), ...token });
  const first = await page({});
  let { policies, next_page_token: next } = first;
  while (next !== '' && policies.length < maxListed) {
    const following = await page({ page_token: next });
    policies = [...policies, ...following.policies];
    next = following.next_page_token;
  }
  return { policies, total: first.total };
}

async function getTemplate(ask: Ask): Promise<Template | null> {
  try {
    return (await ask<{ template: Template }>('GET', '/dialplan/template')).template;
  } catch (error) {
    if (error instanceof Rejection && error.status === 404) return null;
    throw error;
  }
}

async function traceCall(ask: Ask, call: Call, draft: object | null): Promise<Traces> {
  const trace = async (fields: object): Promise<readonly TraceEntry[]> => {
    const request = { calls: [call], explain: true, ...fields };
    const { results } = await ask<Explained>('POST', '/dialplan/evaluate/batch', {}, request);
    return results[0]?.trace ?? [];
  };
  const [saved, drafted] = await Promise.all([trace({}), draft === null ? null : trace({ draft })]);
  return { saved, draft: drafted };
}

/** @param organization empty for the organization of the token @throws Rejection, from every method */
export function connect(token: string, organization: string): Api {
  const ask = askWith(token, organization);
  return {
    policies: () => listPolicies(ask),
    template: () => getTemplate(ask),
    decide: (request) => ask<Batch>('POST', '/dialplan/evaluate/batch', {}, request),
    trace: (call, draft) => traceCall(ask, call, draft),
  };
}
