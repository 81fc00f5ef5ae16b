// From the page's filters to the tree that the server reads.

const leaf = (field, op, value) => ({ field, op, value });

const leaves = {
  path: (v) => leaf('path', '=', `${v}/**`),
  from: (v) => leaf('date', '>=', v),
  to: (v) => leaf('date', '<=', v),
  least: (v) => leaf('width', '>=', Number(v)),
  orientation: (v) => leaf('orientation', '=', v),
  format: (v) => leaf('format', '=', v),
};

/** The tree of all filters that are set, or null. */
export function tree(filters) {
  const all = Object.entries(filters).filter(([name, value]) => value && leaves[name]).map(([name, value]) => leaves[name](value));
  return all.length === 0 ? null : all.length === 1 ? all[0] : { all };
}

/** The tree with one more condition: this picture alone. */
export const only = (id) => leaf('id', '=', id);

/** A filter as words. */
export function words(name, value) {
  return {
    path: `in ${value}`, from: `from ${value}`, to: `until ${value}`, least: `at least ${Number(value).toLocaleString('en')} wide`, orientation: value, format: value.toUpperCase(),
  }[name];
}

export const without = (filters, name) => Object.fromEntries(Object.entries(filters).filter(([n]) => n !== name));
