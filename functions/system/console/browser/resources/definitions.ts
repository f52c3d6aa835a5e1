import type { Arrangement } from '../kit/arrangement.ts';
import type { Row } from '../kit/shown.ts';

/** What the pages of resources are made from: their operations, as the OpenAPI document names them. */

export type Group = 'People' | 'Calls' | 'Telephony' | 'Messages' | 'Money' | 'Platform';

type Common = {
  readonly title: string;
  /** Its operation; what variables of the path are known is the id of the resource. */
  readonly route: string;
  /** Tag of the operation in the OpenAPI document. Default that of the page. */
  readonly tag?: string;
  /** A sentence above it. */
  readonly help?: string;
};

/** Something that a person wants to know, in words. */
export type Fact = readonly [label: string, text: string];

/** Text of a cell, by the column. */
export type Cells = Readonly<Record<string, (row: Row) => string>>;

/** What there is of a resource beside its own form, or on a page of its own. Shown to whom may use its operation. */
export type Part = Common &
  (
    | {
        readonly kind: 'list';
        readonly columns: readonly string[];
        readonly cells?: Cells;
        readonly query?: Readonly<Record<string, string>>;
        /** Where the items are in the answer. Default: the first list of objects. */
        readonly listAt?: readonly string[];
        /** Its filters are shown. */
        readonly isFiltered?: true;
      }
    | {
        readonly kind: 'values';
        readonly query?: Readonly<Record<string, string>>;
        /** What is said of the answer. Default: every field of it. */
        readonly facts?: (answered: unknown) => readonly Fact[];
      }
    /** What the route answers, saved by another. */
    | {
        readonly kind: 'form';
        readonly save: string;
        readonly query?: Readonly<Record<string, string>>;
        readonly form?: Arrangement;
        /** Field that names what is saved, which may be another one than what was read. Absent: there is one only. */
        readonly namedBy?: string;
      }
    /** The operation itself, with a field for each of its inputs. */
    | { readonly kind: 'action'; readonly form?: Arrangement }
  );

type PageDefinition = {
  /** In the address of the page. */
  readonly key: string;
  readonly group: Group;
  /** What there are. */
  readonly title: string;
  /** Tag of its operations in the OpenAPI document. */
  readonly tag: string;
  /** Scope of who may see it; null: any person may. */
  readonly scope: string | null;
  /** For resellers and operators only. */
  readonly isSelling?: true;
};

/** Resources of a kind: a list, a form for one, and its parts. */
export type ResourcePages = PageDefinition & {
  /** Title of the page that makes one. */
  readonly newTitle: string;
  /** What the form of one shows, and how. Default: every field of the document. */
  readonly form?: Arrangement;
  /** What is said where there are none: what it is for. */
  readonly empty?: string;
  /** Path of the resources; each is at `<path>/{id}`. */
  readonly path: string;
  /** Default `GET <path>`; a search is a POST. */
  readonly list?: string;
  /** How one is made: PUT of the list's path, of `new`, or of its name. Absent: none is made here. */
  readonly create?: 'PUT list' | 'PUT new' | 'PUT named';
  readonly update?: 'PUT' | 'POST';
  readonly canDelete?: true;
  /** Field that names one in the path. Default `id`. */
  readonly idField?: string;
  readonly columns: readonly string[];
  /** What a column shows that is more than its field. */
  readonly cells?: Cells;
  /** Fields that the API answers in pages: the form of one does not have them, as it would send one page as all. */
  readonly paged?: readonly string[];
  readonly parts?: readonly Part[];
};

/** A page of operations that belong to no single resource. */
export type PartsPage = PageDefinition & {
  readonly parts: readonly Part[];
  /** First variable of its paths, or the organization that is looked at. Absent: the person is asked for it. */
  readonly about?: 'all' | 'organization';
};

export const saved = { create: 'PUT new', update: 'PUT', canDelete: true } as const;
export const changed = { create: 'PUT list', update: 'POST', canDelete: true } as const;
export const edited = { create: 'PUT new', update: 'POST', canDelete: true } as const;

/** Routes of a resource's operations, as in the OpenAPI document. */
export function routesOf({ path, list, create, update, canDelete }: ResourcePages) {
  const one = `${path}/{id}`;
  return {
    list: list ?? `GET ${path}`,
    get: `GET ${one}`,
    create: create === undefined ? undefined : create === 'PUT list' ? `PUT ${path}` : `PUT ${one}`,
    update: update === undefined ? undefined : `${update} ${one}`,
    remove: canDelete === true ? `DELETE ${one}` : undefined,
  };
}

/** Whether there is something to see or do of one. @param canBeRead the API answers one */
export const hasPage = ({ canDelete, parts = [] }: ResourcePages, canBeRead: boolean): boolean =>
  canBeRead || canDelete === true || parts.length > 0;
