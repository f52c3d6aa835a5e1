import type { Documentation } from './contract.ts';
import { bar, escaped } from './page.ts';

/** An endpoint, and its address in the reference. */
export type OverviewEntry = Documentation['endpoints'][number] & { readonly reference: string };

export type Overview = {
  readonly name: string;
  readonly version: string;
  /** Base URL of the API. */
  readonly url: string;
  readonly entries: readonly OverviewEntry[];
};

/** The endpoints of the first steps; a test checks that they exist. */
export const tour = { logIn: 'POST /auth/{entity}', list: 'GET /siptrunk' } as const;

const tourAddress = (route: string): string => route.slice(route.indexOf('/')).replace('{entity}', 'user');

const access = (scope: string): string => (scope === 'public' ? 'public' : scope === 'any' ? 'any credential' : scope);

const row = ({ method, path, scope, summary, reference }: OverviewEntry): string => {
  const name = `<span class="method ${method.toLowerCase()}">${method}</span>`;
  const route = `<code>${escaped(path).replaceAll('/', '/<wbr>')}</code>`;
  return (
    `<li><a href="${escaped(reference)}">${name} ${route}</a>` +
    `<span class="summary">${escaped(summary)}</span><span class="scope">${escaped(access(scope))}</span></li>`
  );
};

const section = (area: string, entries: readonly OverviewEntry[]): string => {
  const heading = `<h2 id="${area}">${area} <small>${entries.length}</small></h2>`;
  const list = `<ul class="endpoints">${entries.map(row).join('\n')}</ul>`;
  return `<section aria-labelledby="${area}">${heading}${list}</section>`;
};

const firstSteps = (url: string): string => `<section aria-labelledby="first"><h2 id="first">First request</h2>
<ol class="steps">
<li>Log in. <code>data.token</code> of the answer is the token.
<pre><code>curl -s ${escaped(url + tourAddress(tour.logIn))} \\
  --json '{"username":"admin","password":"…"}'</code></pre></li>
<li>Send it. Errors are XML unless <code>Accept</code> names JSON.
<pre><code>curl -s ${escaped(url + tourAddress(tour.list))} \\
  -H 'Accept: application/json' \\
  -H "Authorization: Bearer $TOKEN"</code></pre></li>
<li>Or in the browser: <a href="/documentation/swagger">Swagger UI</a>, <em>Authorize</em>, <em>Try it out</em>.</li>
</ol></section>`;

/** The body of the overview page: the first steps, and every endpoint by area. */
export function overviewBody({ name, version, url, entries }: Overview): string {
  const areas = [...Map.groupBy(entries, ({ area }) => area)];
  const contents = areas.map(([area]) => `<a href="#${area}">${area}</a>`).join('');
  return `<a class="skip" href="#endpoints">Skip to the endpoints</a>
${bar(name, '/documentation')}
<main>
<h1>${escaped(name)} API <small>${escaped(version)}</small></h1>
<p class="lead">Multi-tenant telephony: SIP trunks, dial plans, billing and calls.
Read the reference in <a href="/documentation/redoc">ReDoc</a>,
send requests from <a href="/documentation/swagger">Swagger UI</a>,
try a dial plan in the <a href="/documentation/simulator">simulator</a>,
or generate a client from <a href="/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
${firstSteps(url)}
<div id="endpoints"><p class="areas"><span>${entries.length} endpoints</span>${contents}</p>
${areas.map(([area, own]) => section(area, own)).join('\n')}
</div>
</main>`;
}
