import { followedFetch, isGatewayStatus, untilBack } from './connection.ts';
import { pause } from './pause.ts';

/** Parts of the console that are loaded when they are opened. */

/** In the storage of the tab: the version of the console whose page was loaded again. */
const reloadedKey = 'trunkline-reloaded';

/** Milliseconds until a page that a person did not want to leave is no longer waited for. */
const reloadWait = 10_000;

/** Loads the page again, once for a version: the server may run another one, whose parts have other addresses. */
async function loadNextVersion(): Promise<void> {
  // The address has a hash of all that the page loads.
  const version = document.querySelector<HTMLScriptElement>('script[type="module"]')?.src ?? '';
  if (sessionStorage.getItem(reloadedKey) === version) return;
  sessionStorage.setItem(reloadedKey, version);
  location.reload();
  await pause(reloadWait);
}

/**
 * Loads a part of the console. A server that is gone is waited for. If the server has no such part, the page is loaded
 * again, at the same place.
 *
 * @throws Error if that did not help, or the person stays because of unsaved changes
 */
export async function loadPart<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    // Tells whether the server is gone, or the part.
    const isHere = await followedFetch('/health', { cache: 'no-store' }).then(
      ({ status }) => !isGatewayStatus(status),
      () => false,
    );
    if (!isHere) {
      await untilBack();
      return loadPart(load);
    }
    return load().catch(async () => {
      await loadNextVersion();
      throw new Error('Load the page again: the console has changed.', { cause });
    });
  }
}
