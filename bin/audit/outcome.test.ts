import { expect, test } from 'vitest';
import { auditOutcome } from './outcome.ts';

const reportOf = (high: number, critical: number) =>
  JSON.stringify({ metadata: { vulnerabilities: { info: 0, low: 1, moderate: 0, high, critical, total: 1 + high } } });

test('vulnerabilities of severity high fail the audit, lower ones do not', () => {
  expect(auditOutcome(reportOf(2, 0))).toEqual({ line: '3 known, 2 of them high and 0 critical', isVulnerable: true });
  expect(auditOutcome(reportOf(0, 0)).isVulnerable).toBe(false);
  expect(auditOutcome(reportOf(0, 1)).isVulnerable).toBe(true);
});

test.each([
  ['rejects audits', '{"message":"405 Method Not Allowed","method":"POST","statusCode":405}'],
  ['is out of reach', '{"error":{"code":"ENOTFOUND"}}'],
  ['makes npm print nothing', ''],
])('a registry that %s is skipped with a word', (_case, printed) => {
  expect(auditOutcome(printed)).toEqual({ line: 'skipped, as the registry answers no audits', isVulnerable: false });
});
