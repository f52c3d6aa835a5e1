import { AppError } from '#errors.ts';
import { builtInTemplate } from '#schema/device.ts';
import { templateOf, type NewDevice, type TemplateFile } from './device.ts';
import type { deviceStore } from './store.ts';

type Store = Pick<ReturnType<typeof deviceStore>, 'template'>;

/** The template that a body names; undefined for the built-in one. @throws AppError 422 */
export const readTemplate = async (store: Store, id: string | undefined): Promise<TemplateFile | undefined> =>
  id === undefined || id === builtInTemplate ? undefined : templateOf(id, await store.template(id));

/** The template of a new device: that of the body, or the kept one if it still exists. @throws AppError 422 */
export async function newTemplate(
  store: Store,
  { template_id: wanted }: Pick<NewDevice, 'template_id'>,
  kept: { readonly template_id: string } | undefined,
): Promise<TemplateFile | undefined> {
  if (wanted !== undefined || kept === undefined) return readTemplate(store, wanted);
  return readTemplate(store, kept.template_id).catch((error: unknown) => {
    if (error instanceof AppError) return undefined;
    throw error;
  });
}
