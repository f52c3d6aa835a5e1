import { requestSchema, type JsonSchema } from './json-schema.ts';
import { sharedErrorResponses } from './openapi-errors.ts';
import { openApiPath, operationsOf } from './openapi-operation.ts';
import { hoistSchemas } from './openapi-schemas.ts';
import { areas, type Area, type FunctionContract, type Resource } from './resource.ts';
import { OrganizationId } from '../schema/values.ts';

/** The OpenAPI 3.1 document: a derivation of the contracts, which know all that stands in it. */

const introduction = `Every path answers under \`/\`, \`/v1\`, \`/v1.0\`, \`/platform\` and \`/api/v1\` alike.

Errors are JSON when \`Accept\` names it, otherwise XML. Unknown body fields and query parameters are ignored. \
What API Gateway itself refuses (413, 429, 431, 503) has its own form: \`{"message": "…"}\`.`;

const areaDescriptions: Readonly<Record<Area, string>> = {
  auth: 'Logging in, sessions, access keys, second factors, signing keys',
  users: 'Users, groups, permissions, directories',
  orgs: 'Organizations, their domains and addresses',
  telephony: 'SIP trunks, devices, gateways, numbers, mobile lines',
  dialplan: 'Policies and the template that decide how a call goes',
  billing: 'Tariffs, billing profiles, call detail records',
  messaging: 'SMS, e-mail, voicemail',
  system: 'Events, logs, webhooks, files, health, documents',
  calls: 'Calls and phones in progress',
};

const header = (description: string, schema: JsonSchema): JsonSchema => ({ description, schema });
const integer = { type: 'integer' };

const responseHeaders = {
  'X-Request-Id': header('Names the request; to be told when something went wrong', { type: 'string' }),
  'X-RateLimit-Limit': header('Requests that the window of one minute allows', integer),
  'X-RateLimit-Remaining': header('Requests that are left in the window', integer),
  'X-RateLimit-Reset': header('Unix seconds at which the window ends', integer),
  'Retry-After': header('Seconds to wait', integer),
  'WWW-Authenticate': header('How to authenticate (RFC 9110 §11.6.1)', { type: 'string' }),
};

const parameters = {
  org_id: {
    name: 'org_id',
    in: 'query',
    required: false,
    schema: requestSchema(OrganizationId),
    description:
      "The organization to work in, by default the caller's. Synonyms: `orgId`, `organization_id`; on PUT and POST also in the body.",
  },
  'If-Match': {
    name: 'If-Match',
    in: 'header',
    required: false,
    schema: { type: 'string' },
    // No example: Swagger UI would send it with every trial.
    description:
      'The `ETag` of an earlier answer (`"3"`): if the thing has changed since, nothing is done (409 `VERSION_CONFLICT`).',
  },
  'Idempotency-Key': {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    schema: { type: 'string', minLength: 1, maxLength: 255 },
    description:
      'Makes a repeat harmless for 24 hours: the same request gets the first answer, with `Idempotent-Replayed: true`.',
  },
};

const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer', description: 'A session token, an access key or a temporary token.' },
  accesskey: {
    type: 'apiKey',
    in: 'query',
    name: 'accesskey',
    description: 'An access key or a temporary token. `Authorization` wins over it.',
  },
};

function pathsOf(resources: readonly Resource[]): Record<string, Record<string, JsonSchema>> {
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const resource of resources)
    for (const endpoint of resource.endpoints)
      Object.assign((paths[openApiPath(endpoint.path)] ??= {}), operationsOf(endpoint, resource));
  return paths;
}

/** Components that nothing refers to are left out: those of faces without an endpoint, for example. */
function referredTo(kind: string, components: JsonSchema, from: unknown): JsonSchema {
  const text = JSON.stringify(from);
  return Object.fromEntries(
    Object.entries(components).filter(([name]) => text.includes(`"#/components/${kind}/${name}"`)),
  );
}

/** @param version of the platform (semver) */
export function openApi(contracts: readonly FunctionContract[], version: string): JsonSchema {
  const resources = contracts.filter((contract): contract is Resource => contract.kind === 'resource');
  const inPlace = pathsOf(resources);
  const { value: answers, schemas } = hoistSchemas({
    paths: inPlace,
    responses: referredTo('responses', sharedErrorResponses(), inPlace),
  });
  return {
    openapi: '3.1.0',
    info: {
      title: 'Trunkline',
      version,
      description: introduction,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: areas
      .filter((area) => resources.some((resource) => resource.area === area))
      .map((name) => ({ name, description: areaDescriptions[name] })),
    paths: answers.paths,
    components: {
      schemas,
      responses: answers.responses,
      headers: referredTo('headers', responseHeaders, answers),
      parameters: referredTo('parameters', parameters, answers),
      securitySchemes,
    },
  };
}
