import { escapeHtml } from '#schema/markup.ts';
import { policy, renderPage, webSocketSource } from '../documentation/page.ts';

type Addresses = {
  readonly script: string;
  /** What that loads as soon as the texts of the language are here. */
  readonly application: string;
  readonly style: string;
};

/**
 * Content-Security-Policy of the console (CSP Level 3). Mantine puts a few rules into `<style>` elements by script,
 * which have the nonce of the answer.
 *
 * `blob:` is what the page itself has recorded.
 *
 * @param webSocketUrl of the SIP service; undefined: the platform has none
 * @param objects what links to recordings, messages and greetings begin with
 */
export function consolePolicy(nonce: string, webSocketUrl: string | undefined, objects: readonly string[]): string {
  const linked = objects.map((prefix) => ` ${prefix}`).join('');
  return policy(
    `script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; media-src blob:${linked}; ` +
      `connect-src 'self'${webSocketSource(webSocketUrl)}${linked}`,
  );
}

type Page = {
  readonly addresses: Addresses;
  /** Base64, new for each answer. */
  readonly nonce: string;
  /** Of the SIP service, from which events come; undefined: the platform has none. */
  readonly webSocketUrl: string | undefined;
};

/** The document that loads the console. */
export const consolePage = (
  name: string,
  { addresses: { script, application, style }, nonce, webSocketUrl }: Page,
): string =>
  renderPage({
    title: name,
    styles: [style],
    scripts: [script],
    preloads: [application],
    body: `<div id="console" data-nonce="${nonce}" data-events="${escapeHtml(webSocketUrl ?? '')}"></div>
<noscript><p>The console needs JavaScript. <a href="/documentation">The API</a> does not.</p></noscript>`,
  });
