"""Where an error happened: the memory that was at work, and its line in the spec."""

import functools


def located(method):
    """The method; an error that comes out of it has a note of the memory it happened in."""

    @functools.wraps(method)
    def call(self, *args, **kwargs):
        try:
            return method(self, *args, **kwargs)
        except Exception as error:
            tell(self, error)
            raise

    return call


def tell(model, error):
    """Add `in memory layers.0.ltm (titans.nl:9)`, or the block; nothing outside of both."""
    names = {id(module): name for name, module in model.named_modules() if name}
    path, trace = "", error.__traceback__
    while trace is not None:
        path = names.get(id(trace.tb_frame.f_locals.get("self")), path)
        trace = trace.tb_next
    parts = path.split(".")
    paths = [".".join(parts[:count]) for count in range(len(parts), 0, -1)]
    places = {name: getattr(model.get_submodule(name), "place", None) for name in paths if name}
    memory = next((name for name, place in places.items() if place), None)
    if memory:
        error.add_note(f"in memory {memory} ({places[memory]})")
    elif path:
        error.add_note(f"in {path}")
