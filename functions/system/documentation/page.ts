import { escapeHtml } from '#schema/markup.ts';

/** What the pages share: their HTML frame and their content security policies. */

/** Forbids everything but what a page names; the page cannot be framed and its base URL cannot change. */
export const policy = (allowed: string): string =>
  `default-src 'none'; ${allowed}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/**
 * Content-Security-Policy of the pages (CSP Level 3). ReDoc and Swagger UI fill `<style>` elements by script, which is
 * not inline style. The elements are empty, and the hash is that of the empty text.
 */
export const policies = {
  overview: policy("style-src 'self'; img-src data:"),
  reference: policy(
    "script-src 'self'; style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; " +
      "img-src 'self' data:; font-src data:; connect-src 'self'",
  ),
} as const;

/** That of the browser phone. @param webSocketUrl where it connects; undefined: the platform has none */
export const phonePolicy = (webSocketUrl: string | undefined): string =>
  policy(`script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'${webSocketSource(webSocketUrl)}`);

/** Exactly one URL. Characters that end a source or a directive are in no URL that `URL` has written. */
export const webSocketSource = (url: string | undefined): string => {
  if (url === undefined || !URL.canParse(url)) return '';
  const { protocol, host, pathname } = new URL(url);
  return /^wss?:$/.test(protocol) ? ` ${protocol}//${host}${pathname.replaceAll(/[;,]/g, encodeURIComponent)}` : '';
};

/** An inline icon, so that browsers do not request `/favicon.ico`. */
const icon =
  'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 32 32%22%3E' +
  '%3Crect width=%2232%22 height=%2232%22 rx=%227%22 fill=%22%230b7285%22/%3E' +
  '%3Cpath d=%22M8 9h16M16 9v15%22 stroke=%22white%22 stroke-width=%224%22 stroke-linecap=%22round%22/%3E%3C/svg%3E';

export type Page = {
  readonly title: string;
  /** URLs of style sheets and module scripts. */
  readonly styles: readonly string[];
  readonly scripts: readonly string[];
  /** URLs of modules that the scripts load. */
  readonly preloads?: readonly string[];
  /** HTML. */
  readonly body: string;
};

const styleLink = (address: string): string => `<link rel="stylesheet" href="${address}">`;
const scriptTag = (address: string): string => `<script type="module" src="${address}"></script>`;

const preloadLink = (address: string): string => `<link rel="modulepreload" href="${address}">`;

export const renderPage = ({ title, styles, scripts, preloads = [], body }: Page): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="${icon}">
${[...styles.map(styleLink), ...scripts.map(scriptTag), ...preloads.map(preloadLink)].join('\n')}
</head>
<body>
${body}
</body>
</html>
`;

/** Address of the dial-plan simulator, which is a page of the console. */
export const simulatorAddress = '/#/dialplan/simulator';

/** The pages by their paths, the OpenAPI document, and what the console has of them. */
export const pageTitles = {
  '/documentation': 'Overview',
  '/documentation/redoc': 'ReDoc',
  '/documentation/swagger': 'Swagger UI',
  [simulatorAddress]: 'Simulator',
  '/documentation/phone': 'Phone',
  '/openapi.json': 'openapi.json',
} as const;
export type PagePath = keyof typeof pageTitles;

/** The navigation bar of each page. */
export const bar = (name: string, here: PagePath): string =>
  `<header class="bar"><strong>${escapeHtml(name)}</strong><nav aria-label="Documentation">${Object.entries(pageTitles)
    .map(([address, title]) => `<a href="${address}"${address === here ? ' aria-current="page"' : ''}>${title}</a>`)
    .join('')}</nav></header>`;

type Control = 'text' | 'password';

type Field = {
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
  readonly control: Control;
  /** What a browser may complete (HTML, "Autofill"); default: nothing. */
  readonly autocomplete?: 'off' | 'username' | 'current-password' | 'one-time-code';
  /** More attributes, as HTML. */
  readonly attributes?: string;
};

/** A control with its label, a hint, and a place for an error message. */
export function field({ id, label, hint, control, attributes = '', autocomplete = 'off' }: Field): string {
  const described = `aria-describedby="${hint === undefined ? '' : `${id}-hint `}${id}-problem"`;
  const common = `id="${id}" name="${id}" autocomplete="${autocomplete}" spellcheck="false" ${described} ${attributes}`;
  return `<div class="field"><label for="${id}">${escapeHtml(label)}</label>
${hint === undefined ? '' : `<p class="hint" id="${id}-hint">${escapeHtml(hint)}</p>`}
<input type="${control}" ${common}>
<p class="problem" id="${id}-problem" hidden></p></div>`;
}
