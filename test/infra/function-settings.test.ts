import { globSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { variablesByContext } from '#infra/function-variables.ts';
import { propertiesOf, synthesizer, type Templates } from './templates.fixture.ts';

const { synthesize, remove } = synthesizer();
afterAll(remove);

const sources = ['functions', 'shared'].flatMap((folder) =>
  globSync(`${folder}/**/*.ts`).filter((file) => !/\.test\.|fixture|\/browser\//.test(file)),
);

/** Names of environment variables that a source reads: by index, by destructuring, or by a list of limits. */
function variablesReadIn(source: string): string[] {
  const indexed = [...source.matchAll(/\b(?:environment|process\.env)\[\s*'([A-Z][A-Z0-9_]+)'\s*\]/g)];
  const limits = [...source.matchAll(/'(RATE_LIMIT_(?!EXCEEDED)[A-Z]+)'/g)];
  const destructured = [...source.matchAll(/\{([^{}]*)\}: (?:Environment|NodeJS\.ProcessEnv)\b/g)].flatMap(
    ([, fields = '']) => [...fields.matchAll(/([A-Z][A-Z0-9_]+):/g)],
  );
  return [...indexed, ...limits, ...destructured].map(([, name = '']) => name);
}

const read = new Set(sources.flatMap((file) => variablesReadIn(readFileSync(file, 'utf8'))));

/** The variables of all functions and tasks. */
function variablesSetIn(templates: Templates): ReadonlySet<string> {
  const functions = propertiesOf(templates, 'AWS::Lambda::Function').flatMap(({ Environment }) =>
    Object.keys((Environment as { readonly Variables: object }).Variables),
  );
  const tasks = propertiesOf(templates, 'AWS::ECS::TaskDefinition').flatMap(({ ContainerDefinitions }) =>
    (ContainerDefinitions as readonly { readonly Environment: readonly { readonly Name: string }[] }[]).flatMap(
      ({ Environment }) => Environment.map(({ Name }) => Name),
    ),
  );
  return new Set([...functions, ...tasks]);
}

/** Variables that no deployment sets, with the reason. */
const notOfADeployment: Readonly<Record<string, string>> = {
  ADMIN_PASSWORD: 'a secret: the generated one is in Secrets Manager',
  AWS_ENDPOINT_URL: 'the local cloud only',
  AWS_LAMBDA_FUNCTION_NAME: 'set by Lambda',
  AWS_LAMBDA_FUNCTION_VERSION: 'set by Lambda',
  DOMAIN_VERIFICATION: 'only a single machine may take domains without a proof',
  CONTROL_HOST: 'the address of a Fargate task comes from its metadata',
  HEALTH_HOST: 'the health port is on loopback with npm start',
  ECS_AGENT_URI: 'ECS sets it in each task',
  ECS_CONTAINER_METADATA_URI_V4: 'set by ECS',
  LINK_ENDPOINT_URL: 'the local cloud only',
  OUTBOUND_ALLOW_PRIVATE: 'private addresses are never allowed on AWS',
  PASSWORD_COST: 'for tests',
  SIP_ALLOW_PRIVATE_HOSTS: 'private addresses are never allowed on AWS',
  SIP_CLIENT_CERTIFICATE: 'a deployment has the certificate in a secret',
  SIP_CLIENT_KEY: 'a deployment has the key in a secret',
  SIP_HOST: 'a task listens on all interfaces of its own network',
  SIP_INTERNAL_HOST: 'a task listens on all interfaces of its own network',
  SIP_MAX_INTERVAL: 'for tests',
  SIP_T1: 'for tests: phones and carriers expect the timers of RFC 3261',
  SIP_TLS_CERTIFICATE: 'TLS ends at the balancer',
  SIP_TLS_KEY: 'TLS ends at the balancer',
  SIP_WS_CERTIFICATE: 'TLS ends at the balancer',
  SIP_WS_KEY: 'TLS ends at the balancer',
  TASK_GENERATION: 'on AWS it is the revision of the task definition, from the metadata of the task',
};

const contextValues: Readonly<Record<string, string>> = {
  adminUsername: 'root',
  indexShards: '16',
  dnsServers: '192.0.2.53, [2001:db8::53]:5353',
  microsoftLoginUrl: 'https://login.microsoftonline.us',
  operatorCountry: 'DE',
  passwordResetUrl: 'https://portal.example.com/reset',
  rateLimitScale: '1.5',
  trustedProxies: '192.0.2.1, 2001:db8::1',
};
const context = Object.fromEntries([...variablesByContext.keys()].map((name) => [name, contextValues[name] ?? '77']));
const everything = synthesize({
  ...context,
  domain: 'api.example.com',
  hostedZoneId: 'Z1',
  mediaRelay: 'true',
  sipClientCertificate: 'teams',
});

describe('every setting that code reads', () => {
  test('is found in the sources', () => {
    expect(read.size).toBeGreaterThan(25);
    expect([...read]).toEqual(
      expect.arrayContaining(['TRUSTED_PROXIES', 'RATE_LIMIT_LOGIN', 'SIP_TLS_KEY', 'AWS_REGION']),
    );
  });

  test('can be set by context, or no deployment sets it', () => {
    const set = variablesSetIn(everything);
    expect([...read].filter((name) => !set.has(name)).toSorted()).toEqual(Object.keys(notOfADeployment).toSorted());
  });

  test('has no context that nothing reads', () => {
    expect([...variablesByContext.values()].filter((name) => !read.has(name))).toEqual([]);
  });

  test('keeps the default of the code unless context sets it', () => {
    const set = variablesSetIn(synthesize());
    expect([...variablesByContext.values()].filter((name) => set.has(name))).toEqual([]);
  });
});

test('context is given to functions as they read it', () => {
  const [first] = propertiesOf(everything, 'AWS::Lambda::Function');
  expect(first?.['Environment']).toMatchObject({
    Variables: { TRUSTED_PROXIES: '192.0.2.1,2001:db8::1', RATE_LIMIT_LOGIN: '77', OPERATOR_COUNTRY: 'DE' },
  });
});

test.each([
  ['trustedProxies', '10.0.0.0/8'],
  ['dnsServers', 'dns.example.com'],
  ['rateLimitLogin', '0'],
  ['rateLimitScale', 'twice'],
  ['operatorCountry', 'de'],
  ['salesforceHosts', 'https://sso.example.com'],
  ['passwordResetUrl', 'http://portal.example.com/reset'],
  ['passwordResetUrl', 'https://portal.example.com/#reset'],
])('%s cannot be %s', (name, value) => {
  expect(() => synthesize({ [name]: value })).toThrow(`${name} must have the form of`);
});
