"""The backdrop: a quiet gradient behind the scene, drawn by our own actor (VTK's keeps graphics resources past its window)."""

from __future__ import annotations

from viewer.render.look import Theme
from viewer.render.square import Square

_VERTEX = """//VTK::System::Dec
in vec4 vertexMC;
out float height;
void main() { height = 0.5 + 0.5 * vertexMC.y; gl_Position = vec4(vertexMC.xy, 1.0, 1.0); }
"""
_FRAGMENT = """//VTK::System::Dec
//VTK::Output::Dec
//VTK::CustomUniforms::Dec
in float height;
void main() {
  float noise = fract(52.9829189 * fract(dot(gl_FragCoord.xy, vec2(0.06711056, 0.00583715))));  // against bands
  gl_FragData[0] = vec4(mix(skyBottom, skyTop, height) + (noise - 0.5) / 255.0, 1.0);
}
"""


class Backdrop:
    """One square that fills the picture, farther away than everything."""

    def __init__(self) -> None:
        self._square = Square(_VERTEX, _FRAGMENT)
        self.actor = self._square.actor

    def set_theme(self, theme: Theme) -> None:
        """The gradient's ends."""
        self._square.uniforms.SetUniform3f("skyTop", [c / 255.0 for c in theme.sky_top])
        self._square.uniforms.SetUniform3f("skyBottom", [c / 255.0 for c in theme.sky_bottom])
