// A list whose rows stay in the document as long as their item is there, so that focus, selection
// and scroll positions survive the news of each second.
//
// `create` makes a row, `{ node, update(item), close()? }`, for an item; `keyOf` says which item is which.
export function keyedList(parent, keyOf, create) {
  let rows = new Map();

  return (items) => {
    const keys = new Set(items.map(keyOf));
    for (const [key, row] of rows) {
      if (keys.has(key)) continue;
      row.node.remove();
      row.close?.();
    }
    const shown = new Map();
    let place = parent.firstChild;
    for (const item of items) {
      const key = keyOf(item);
      const row = rows.get(key) ?? create(item);
      row.update(item);
      shown.set(key, row);
      if (row.node === place) place = place.nextSibling;
      else parent.insertBefore(row.node, place);
    }
    rows = shown;
  };
}
