import type { Documentation } from './contract.ts';
import { bar, simulatorAddress } from './page.ts';
import { escapeHtml } from '#schema/markup.ts';

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
export const tour = {
  logIn: 'POST /auth/{entity}',
  list: 'GET /siptrunk',
  plan: 'PUT /dialplan/template',
  user: 'PUT /users',
  phone: 'GET /documentation/phone',
} as const;

const tourAddress = (route: string): string => route.slice(route.indexOf('/')).replace('{entity}', 'user');

const access = (scope: string): string => (scope === 'public' ? 'public' : scope === 'any' ? 'any credential' : scope);

const row = ({ method, path, scope, summary, reference }: OverviewEntry): string => {
  const name = `<span class="method ${method.toLowerCase()}">${method}</span>`;
  const route = `<code>${escapeHtml(path).replaceAll('/', '/<wbr>')}</code>`;
  return (
    `<li><a href="${escapeHtml(reference)}">${name} ${route}</a>` +
    `<span class="summary">${escapeHtml(summary)}</span>` +
    `<span class="scope">${escapeHtml(access(scope))}</span></li>`
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
<pre><code>curl -s ${escapeHtml(url + tourAddress(tour.logIn))} \\
  --json '{"username":"admin","password":"…"}'</code></pre></li>
<li>Send it. Errors are XML unless <code>Accept</code> names JSON.
<pre><code>curl -s ${escapeHtml(url + tourAddress(tour.list))} \\
  -H 'Accept: application/json' \\
  -H "Authorization: Bearer $TOKEN"</code></pre></li>
<li>Or in the browser: <a href="/documentation/swagger">Swagger UI</a>, <em>Authorize</em>, <em>Try it out</em>.</li>
</ol></section>`;

/** A command that sends JSON with the token. */
const command = (url: string, route: string, json: string): string =>
  `<pre><code>curl -s -X PUT ${escapeHtml(url + tourAddress(route))} \\
  -H "Authorization: Bearer $TOKEN" \\
  --json '${escapeHtml(json)}'</code></pre>`;

const extensions =
  '{"name":"Office","variables":{},"rules":[{"priority":1,' +
  '"pattern":"^(2[0-9][0-9])$","action":"bridge","destination":"user/$1"}]}';
const ann = '{"username":"ann","extension":"201","password":"…","must_change_password":false}';

const firstCall = (url: string): string => `<section aria-labelledby="first-call"><h2 id="first-call">First call</h2>
<ol class="steps">
<li>Log in as above. <code>TOKEN</code> is the token.</li>
<li>Let extensions from 200 to 299 ring the phones of their users. This replaces the template of the dial plan.
${command(url, tour.plan, extensions)}</li>
<li>Make a user with an extension, and in the same way <code>bob</code> with 202.
${command(url, tour.user, ann)}</li>
<li>Sign in as <code>ann</code> at the <a href="${tourAddress(tour.phone)}">browser phone</a>, and in a second tab as
<code>bob</code>.</li>
<li>Type <kbd>202</kbd> and press <kbd>Enter</kbd> in the first tab, and <em>Answer</em> in the second one.</li>
</ol></section>`;

/** The body of the overview page: the first steps, and every endpoint by area. */
export function overviewBody({ name, version, url, entries }: Overview): string {
  const areas = [...Map.groupBy(entries, ({ area }) => area)];
  const contents = areas.map(([area]) => `<a href="#${area}">${area}</a>`).join('');
  return `<a class="skip" href="#endpoints">Skip to the endpoints</a>
${bar(name, '/documentation')}
<main>
<h1>${escapeHtml(name)} API <small>${escapeHtml(version)}</small></h1>
<p class="lead">Multi-tenant telephony: SIP trunks, dial plans, billing and calls.
Read the reference in <a href="/documentation/redoc">ReDoc</a>,
send requests from <a href="/documentation/swagger">Swagger UI</a>,
try a dial plan in the <a href="${simulatorAddress}">simulator</a>,
call from the <a href="/documentation/phone">browser phone</a>,
or generate a client from <a href="/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
${firstSteps(url)}
${firstCall(url)}
<div id="endpoints"><p class="areas"><span>${entries.length} endpoints</span>${contents}</p>
${areas.map(([area, own]) => section(area, own)).join('\n')}
</div>
</main>`;
}
