/**
 * Which edges of a graph lie in a circle: those within one of its strongly connected parts (Tarjan's algorithm with a stack of its own, since the length
 * of a chain is the sender's choice).
 */
export function findCircles(
  edges: readonly { readonly from: string; readonly to: string }[],
): (from: string, to: string) => boolean {
  const next = new Map<string, string[]>();
  for (const { from, to } of edges) {
    const targets = next.get(from);
    if (targets) targets.push(to);
    else next.set(from, [to]);
  }
  const partOf = new Map<string, number>();
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  let parts = 0;

  for (const start of next.keys()) {
    if (order.has(start)) continue;
    const path = [enter(start)];
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const target = top.targets[top.taken++];
      if (target === undefined) {
        path.pop();
        leave(top.node);
        const parent = path.at(-1)?.node;
        if (parent !== undefined) lower(parent, lowest.get(top.node) ?? 0);
      } else if (!order.has(target)) path.push(enter(target));
      else if (!partOf.has(target)) lower(top.node, order.get(target) ?? 0);
    }
  }
  return (from, to) => partOf.get(from) === partOf.get(to);

  function enter(node: string) {
    order.set(node, order.size);
    lowest.set(node, order.size - 1);
    open.push(node);
    return { node, targets: next.get(node) ?? [], taken: 0 };
  }

  function lower(node: string, value: number): void {
    lowest.set(node, Math.min(lowest.get(node) ?? value, value));
  }

  /** The first node of a part to be entered is the last one to be left: it closes the part. */
  function leave(node: string): void {
    if (lowest.get(node) !== order.get(node)) return;
    parts += 1;
    for (let member = open.pop(); member !== undefined; member = open.pop()) {
      partOf.set(member, parts);
      if (member === node) return;
    }
  }
}
