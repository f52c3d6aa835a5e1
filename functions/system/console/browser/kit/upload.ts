import { at, textIn } from '../../json-value.ts';

/** Sends bytes by the link that the API answers. @throws Error if the link does not take them */
export async function upload(link: unknown, content: Blob): Promise<void> {
  const headers = new Headers(at(link, 'headers') as Record<string, string>);
  // The browser sets it.
  headers.delete('content-length');
  const { ok, status } = await fetch(textIn(at(link, 'url')), { method: 'PUT', headers, body: content });
  if (!ok) throw new Error(`The upload was answered with ${status}`);
}
