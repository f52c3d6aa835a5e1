import { lazyRouteComponent, useParams } from '@tanstack/react-router';
import { loadPart } from './load-part.ts';

/** Pages that are loaded when one of them is opened. */

/** As `lazyRouteComponent`, which alone would load the page again, and end the session, if the server is gone. */
export const partOf: typeof lazyRouteComponent = (load, name) => lazyRouteComponent(() => loadPart(load), name);

/** The variables of the page's address. */
export const useVariables = (): { readonly id?: string; readonly key?: string } => useParams({ strict: false });
