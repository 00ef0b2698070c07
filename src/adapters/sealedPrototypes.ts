/**
 * Closes what all objects of this thread share: whatever adds to it from now on fails. The libraries that read strangers' documents keep
 * things in plain objects under the strangers' names, and `nodes['constructor']` is there before anybody put it there: what is then
 * written to it would lie in every document that comes after.
 *
 * Sealed and not frozen, since a document may have a member called `toString` of its own.
 */
export function sealPrototypes(): void {
  for (const prototype of [Object, Array, Function, String, Number, Boolean].map((one) => one.prototype)) {
    for (const { value, get, set } of Object.values(Object.getOwnPropertyDescriptors(prototype)))
      for (const shared of [value, get, set] as unknown[])
        if (typeof shared === 'function') Object.seal(shared);
    Object.seal(prototype);
  }
}
