import { AppError } from '../errors.ts';

/** The item as read, unless the client pinned another version of it. @throws AppError VERSION_CONFLICT */
export function pinned<Item extends { readonly version: number }>(item: Item, version: number | undefined): Item {
  if (version !== undefined && version !== item.version)
    throw new AppError('VERSION_CONFLICT', `This is at version ${item.version} by now`);
  return item;
}
