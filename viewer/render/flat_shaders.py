"""The shaders of what is laid over parts in one colour, unlit, and cut by the section as the parts are."""

from __future__ import annotations

from viewer.render.shaders import CUT_FUNCTIONS, FACT_NAMES

COLOUR = "flatColour"
"""The uniform of the fragment program: red, green, blue, each 0 to 1."""
OPACITY = "flatOpacity"

_VERTEX = """//VTK::System::Dec
in vec4 vertexMC;
uniform mat4 MCDCMatrix;
uniform mat4 MCWCMatrix;
//VTK::CustomUniforms::Dec
out vec3 fromOrigin;
void main() {
  fromOrigin = (MCWCMatrix * vertexMC).xyz;
  gl_Position = MCDCMatrix * vertexMC;
}
"""
_FRAGMENT = """//VTK::System::Dec
//VTK::Output::Dec
in vec3 fromOrigin;
//VTK::CustomUniforms::Dec
%(facts)s
%(cutting)s
void main() {
#if %(cut)d
  if (cutAway(fromOrigin)) discard;
#endif
  gl_FragData[0] = vec4(flatColour, flatOpacity);
}
"""


def flat_programs(cutting: bool) -> tuple[str, str]:
    """Vertex and fragment program; `cutting` while a section is on."""
    return _VERTEX, _FRAGMENT % {"facts": FACT_NAMES, "cutting": CUT_FUNCTIONS if cutting else "", "cut": int(cutting)}
