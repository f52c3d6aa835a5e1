import * as z from 'zod';
import { Timestamp } from '#schema/values.ts';
import type { DataConnector } from './data-connector.ts';

/** What came of trying a connection. */

export const stages = ['dns', 'connect', 'tls', 'auth', 'query'] as const;
export type Stage = (typeof stages)[number];

export const exampleResult = {
  ok: false,
  latency_ms: 210,
  stage: 'auth',
  error: 'HTTP 401: invalid_client',
  tested_at: '2026-11-20T10:00:00.000Z',
};

export const TestResult = z
  .object({
    ok: z.boolean().describe('Whether the connection works'),
    latency_ms: z.int().describe('Duration of the test, milliseconds'),
    stage: z
      .enum(stages)
      .describe(
        'What failed, or the last step of a success. `dns`: the host has no address, or none that is public. ' +
          '`connect`: no connection. `tls`: no TLS, or an invalid certificate. `auth`: the other side denies the ' +
          'credential or issues no token. `query`: reading fails.',
      ),
    error: z
      .string()
      .nullable()
      .describe(
        'A code of the platform: `ADDRESS_NOT_ALLOWED`, `DNS_FAILED`, `CONNECT_FAILED`, `TLS_FAILED` with the ' +
          'reason, `TIMEOUT` or `CONNECTION_CLOSED`. Else the status of the other side (`HTTP 401`, `LDAP 49`) and ' +
          'up to 200 characters of its error. Secrets in it are masked. Null: no error',
      ),
    tested_at: Timestamp.describe('Time of the test'),
  })
  .meta({ id: 'DataConnectorTest', example: exampleResult });
export type TestResult = z.output<typeof TestResult>;

/** The last test of a connector, as stored. */
export type LastTest = {
  /** Of the connector. */
  readonly id: string;
  /** `settings_version` of the connector that was tested: of an older one it says nothing. */
  readonly settings_version: number;
  readonly result: TestResult;
  /** The refresh token that the other side issued in place of the one that was sent (RFC 6749 §6), sealed. */
  readonly sealed_token: string | null;
};

/** The result that holds for the connector as it is. */
export const resultOf = (connector: DataConnector, last: LastTest | undefined): TestResult | null =>
  last?.settings_version === connector.settings_version ? last.result : null;

export const statusOf = (result: TestResult | null): 'untested' | 'ok' | 'failing' => {
  if (result === null) return 'untested';
  return result.ok ? 'ok' : 'failing';
};

/** The connector with the refresh token that its last test got in place of the stored one. */
export const withRenewedToken = (connector: DataConnector, last: LastTest | undefined): DataConnector =>
  last === undefined || last.sealed_token === null || last.settings_version !== connector.settings_version
    ? connector
    : { ...connector, sealed_secrets: { ...connector.sealed_secrets, token: last.sealed_token } };

/** Whether a connection that worked fails now. */
export const hasBroken = (before: TestResult | null, after: TestResult): boolean => before?.ok === true && !after.ok;
