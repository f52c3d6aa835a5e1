import { describe, expect, test } from 'vitest';
import { contracts } from '../../contracts.ts';
import { overviewBody, tour, type OverviewEntry } from './overview.ts';

const entry = (more: Partial<OverviewEntry> = {}): OverviewEntry => ({
  area: 'telephony',
  method: 'GET',
  path: '/siptrunk/{id}',
  scope: 'telephony:read',
  summary: 'Get a SIP trunk',
  reference: '/documentation/redoc#/x',
  ...more,
});
const overview = (...entries: OverviewEntry[]): string =>
  overviewBody({ name: 'Trunkline', version: '1.2.3', url: 'https://api.example', entries });

describe('the overview', () => {
  test('names endpoints that exist, at the address of this API', () => {
    const routes: readonly string[] = contracts.flatMap((contract) =>
      contract.kind === 'resource' ? contract.endpoints.map(({ route }) => route) : [],
    );
    expect(routes).toEqual(expect.arrayContaining(Object.values(tour)));
    expect(overview()).toContain('https://api.example/auth/user');
    expect(overview()).toContain('https://api.example/siptrunk');
  });

  test('has a section for each area, with the scopes of its endpoints', () => {
    const html = overview(entry(), entry({ scope: 'public' }), entry({ area: 'auth', scope: 'any' }));
    expect(html.match(/<h2 id="(?:telephony|auth)">/g)).toHaveLength(2);
    expect(html.match(/<span class="scope">[^<]*/g)).toEqual([
      '<span class="scope">telephony:read',
      '<span class="scope">public',
      '<span class="scope">any credential',
    ]);
  });

  test('escapes the texts of contracts', () => {
    const html = overview(entry({ summary: '<script>alert("x & y")</script>' }));
    expect(html).toContain('&lt;script&gt;alert(&quot;x &amp; y&quot;)&lt;/script&gt;');
    expect(html).not.toContain('<script');
  });
});
