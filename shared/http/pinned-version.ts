import { AppError } from '../errors.ts';

/**
 * The item, if the client named no version of it or its current one (shared/http/README.md, "Versions").
 * @throws AppError VERSION_CONFLICT
 */
export function assertPinnedVersion<Item extends { readonly version: number }>(
  item: Item,
  version: number | undefined,
): Item {
  if (version !== undefined && version !== item.version)
    throw new AppError('VERSION_CONFLICT', `The resource has changed: its version is now ${item.version}`);
  return item;
}
